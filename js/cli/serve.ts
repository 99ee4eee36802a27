import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WorkerCrossEncoder } from '../models/worker-cross-encoder.js';
import { WorkerModel } from '../models/worker-model.js';
import { Failure, reasonOf, UsageError } from './errors.js';
import { findModel, loadModel, modelName } from './model.js';
import { count, defaultWorkers, MODEL_OPTIONS, parse } from './options.js';
import { Progress } from './progress.js';
import { Connections } from './server/connections.js';
import { embeddingServer } from './server/server.js';
import { SERVE_USAGE } from './usage.js';

const { prompt: _, dimension: __, ...MODEL } = MODEL_OPTIONS;
const OPTIONS = {
  ...MODEL,
  reranker: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string', short: 'p' },
  workers: { type: 'string' },
  'max-requests': { type: 'string' },
} as const;
const PORT = 8756;
const MOST_REQUESTS = 256;

/** `edgebert serve`: runs until SIGINT or SIGTERM, and answers what it has received whole before it ends. */
export async function serve(args: string[]): Promise<void> {
  const { values, positionals } = parse(args, OPTIONS);
  if (values.help) return void process.stdout.write(SERVE_USAGE);
  if (positionals.length > 0) throw new UsageError(`serve takes options only (received '${positionals[0]}')`);
  const port = values.port === '0' ? 0 : (count('port', values.port) ?? PORT);
  if (port > 65_535) throw new UsageError(`--port must be at most 65535 (received '${port}')`);
  const workers = count('workers', values.workers) ?? defaultWorkers();
  const mostRequests = count('max-requests', values['max-requests']) ?? MOST_REQUESTS;
  const host = values.host ?? '127.0.0.1';
  const progress = new Progress(values.quiet ?? false);

  // Before the other model is loaded for nothing.
  if (values.reranker !== undefined) findModel(values.reranker);
  const model = await loadModel(WorkerModel, values, { workers }, progress);
  const ranker =
    values.reranker === undefined
      ? undefined
      : await loadModel(WorkerCrossEncoder, { ...values, model: values.reranker }, { workers }, progress);
  const server = embeddingServer({
    embedding: { model, name: model.info.name ?? modelName(values.model) },
    reranker: ranker && { model: ranker, name: ranker.info.name ?? modelName(values.reranker) },
    mostRequests,
    host,
  });
  const connections = new Connections(server);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw new Failure(`${host}:${port} could not be listened on: ${reasonOf(error)}`);
  }
  const { port: opened } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  process.stderr.write(
    `edgebert: serving ${model.info.name ?? modelName(values.model)} on http://${name}:${opened}\n`,
  );

  await new Promise<void>((resolve) => {
    process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await connections.close();
  model.terminate();
  ranker?.terminate();
}
