import { answering } from '../workers/answer.js';
import { allowThisThread } from '../workers/spawn.js';

/** Has a WorkerModel work on the thread that calls it, where no worker can be started. */
export function useThisThread(): void {
  allowThisThread(answering);
}

// Bundlers leave this out unless a program asks for it: it brings the engine along, which is in the workers.
useThisThread();
