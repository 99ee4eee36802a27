'use client';

import { MiniLML6V2, WasmModel, WorkerModel } from 'edgebert';
import { useEffect, useState } from 'react';
import texts from '../texts.json';

const options = { baseUrl: '/models' };

/** Rendered on the server first, where nothing of the package may look for a page. */
export function Vectors() {
  const [state, setState] = useState('loading');
  useEffect(() => {
    encode().then(
      (vectors) => {
        globalThis.result = vectors;
        setState('done');
      },
      (error) => reportError(error),
    );
  }, []);
  return <p>{state}</p>;
}

async function encode() {
  const here = await WasmModel.from_type(MiniLML6V2, options);
  const worker = await WorkerModel.from_type(MiniLML6V2, options);
  const vectors = [[...here.encode(texts)], [...(await worker.encode(texts))]];
  here.free();
  worker.terminate();
  return vectors;
}
