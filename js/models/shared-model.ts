import { WorkerModel } from './worker-model.js';

/** How long a model that nobody uses stays: React takes a component away and brings it back at once. */
const GRACE = 1000;

interface Shared {
  readonly model: Promise<WorkerModel>;
  users: number;
  leaving: ReturnType<typeof setTimeout> | undefined;
}

/** One place for all copies of this module: a bundler may make several, and hot reloading does. */
const REGISTRY = Symbol.for('edgebert.shared-models');
const shared = ((globalThis as { [REGISTRY]?: Map<string, Shared> })[REGISTRY] ??= new Map<string, Shared>());

/** A claim on a model that several parts of a program use. */
export interface ModelLease {
  readonly model: Promise<WorkerModel>;
  /** Gives the claim up. The model is terminated soon after the last one; calling twice does nothing more. */
  release(): void;
}

/**
 * The model of this key, loaded once for all leases on it. A load that fails is
 * forgotten, so that the next lease tries again.
 *
 * @param key what tells models apart; those who give the same key must load the same
 */
export function leaseModel(key: string, load: () => Promise<WorkerModel>): ModelLease {
  let entry = shared.get(key);
  if (!entry) {
    const made: Shared = { model: load(), users: 0, leaving: undefined };
    made.model.catch(() => forget(key, made));
    shared.set(key, (entry = made));
  }
  const held = entry;
  held.users++;
  clearTimeout(held.leaving);
  let isHeld = true;
  return {
    model: held.model,
    release() {
      if (!isHeld) return;
      isHeld = false;
      if (--held.users > 0) return;
      held.leaving = setTimeout(() => {
        forget(key, held);
        void held.model.then(
          (model) => model.terminate(),
          () => {},
        );
      }, GRACE);
      // Under Node, a timer alone must not keep the process alive.
      (held.leaving as { unref?: () => void }).unref?.();
    },
  };
}

/** Whether somebody holds a lease on the model of this key, or has until a moment ago. */
export function isShared(key: string): boolean {
  return shared.has(key);
}

function forget(key: string, entry: Shared): void {
  if (shared.get(key) === entry) shared.delete(key);
}
