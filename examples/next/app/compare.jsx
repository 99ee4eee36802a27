'use client';

import { MiniLML6V2, WorkerModel, similarity } from 'edgebert';
import { useEffect, useState } from 'react';

let loading;
/** Loads once, in the browser: on the server, where this is rendered first, nobody calls it. */
const load = () => (loading ??= WorkerModel.from_type(MiniLML6V2, { baseUrl: '/models' }));

async function compare(texts) {
  const model = await load();
  const vectors = await model.encode(texts);
  return similarity(vectors.subarray(0, model.dimension), vectors.subarray(model.dimension));
}

export function Compare() {
  const [a, setA] = useState('How do I reset my password?');
  const [b, setB] = useState('I forgot my login details');
  const [answer, setAnswer] = useState('Loading the model…');
  useEffect(() => {
    let current = true;
    compare([a, b]).then(
      (cosine) => current && setAnswer(cosine.toFixed(2)),
      (error) => current && setAnswer(error.message),
    );
    return () => {
      current = false;
    };
  }, [a, b]);
  return (
    <main>
      <input aria-label="One sentence" value={a} onChange={(event) => setA(event.target.value)} />
      <input aria-label="Another" value={b} onChange={(event) => setB(event.target.value)} />
      <output>{answer}</output>
    </main>
  );
}
