// Which engines there are, and which of them a run can have.
import { Stop, step } from '../../scripts/lib/say.mjs';

/**
 * In the order of the tables' columns. `needs` names the option that makes the engine possible; `keeps`
 * says that it has a cache of its own, and whether it reports what came from there; `batching` that it
 * differs from another engine only where texts of several lengths are in one call.
 */
const engines = [
  { name: 'edgebert-int8', title: 'edgebert int8', keeps: 'reports' },
  { name: 'edgebert-simd128', title: 'its simd128', ceiling: 'int16' },
  { name: 'edgebert-relaxed', title: 'its relaxed', ceiling: 'relaxed' },
  { name: 'edgebert-compact', title: 'edgebert compact', keeps: 'reports' },
  { name: 'edgebert-f32', title: 'edgebert f32', ceiling: 'f32', keeps: 'reports' },
  { name: 'baseline', title: 'edgebert 0.1.0', ceiling: 'int16', needs: 'baseline', keeps: 'reports' },
  { name: 'ort-int8', title: 'ort-web int8', ceiling: 'int16', needs: 'onnx', peer: true },
  {
    name: 'ort-int8-sorted',
    title: 'ort-web int8, sorted',
    ceiling: 'int16',
    needs: 'onnx',
    peer: true,
    batching: true,
  },
  { name: 'ort-f32', title: 'ort-web f32', ceiling: 'f32', needs: 'onnx-f32', peer: true },
  {
    name: 'transformers',
    title: 'transformers.js int8',
    ceiling: 'int16',
    needs: 'onnx',
    peer: true,
    keeps: 'silently',
  },
  { name: 'pytorch', title: 'PyTorch f32', needs: 'python', native: true },
  { name: 'sentence-transformers', title: 'sentence-transf.', needs: 'python', native: true, batching: true },
];

const WHAT = {
  onnx: 'an int8 ONNX model (bench/export_onnx.py makes one)',
  'onnx-f32': 'a float32 ONNX model (bench/export_onnx.py makes one)',
  python: 'a Python with torch and sentence-transformers',
  baseline: 'a checkout of an earlier version, built',
};

/** The engines of this run; says which are left out for want of a file. */
export function chooseEngines(options, wanted = options.only.split(',').filter(Boolean)) {
  const unknown = wanted.find((prefix) => !engines.some(({ name }) => name.startsWith(prefix)));
  if (unknown)
    throw new Stop(
      `--only: there is no engine "${unknown}": there are ${engines.map(({ name }) => name).join(', ')}.`,
    );
  const chosen = engines.filter(
    ({ name }) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)),
  );
  const possible = chosen.filter(({ needs }) => !needs || options[needs]);
  for (const { title, needs } of chosen) {
    if (needs && WHAT[needs] && !options[needs])
      step('bench', `${title} is left out: --${needs} has to name ${WHAT[needs]}`);
  }
  if (possible.length === 0) throw new Stop('No engine is left to measure.');
  return possible;
}

/** Whether an engine takes part in a case. */
export function takesPart({ batching }, { padded }) {
  return !batching || Boolean(padded);
}
