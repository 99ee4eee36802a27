// edgebert/this-thread: where no worker can be started, as in service workers, a WorkerModel does its work
// on the thread that calls it. Without a bundler, the other entries do so by themselves.
import { useThisThread } from './models/this-thread.js';

useThisThread();
