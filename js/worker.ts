import { builtin } from './shared/node.js';
import { answering } from './workers/answer.js';
import type { Reply, Request } from './workers/protocol.js';

// The script of the workers: what the page asks goes to the engine, and the answer back.

/** The part of a dedicated worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage?(reply: Reply, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
/** Node's threads have a port where Web Workers have their global scope. */
const port = scope.postMessage ? undefined : builtin('node:worker_threads')?.parentPort;

const { receive } = answering((reply, transfer) => {
  if (port) port.postMessage(reply, transfer);
  else scope.postMessage!(reply, transfer);
});
if (port) port.on('message', receive);
else scope.onmessage = ({ data }) => receive(data);
