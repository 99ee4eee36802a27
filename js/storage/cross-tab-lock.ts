import { abortable, onAbort } from '../shared/abort.js';
import type { LoadProgress } from '../shared/types.js';

/** How often the holder of the lock says that it is alive. */
const HEARTBEAT = 5_000;
/**
 * A silence that only a frozen tab keeps: even a background tab's timers run once a minute. Work
 * that makes no progress for as long hangs, for instance on a crashed worker.
 */
const SILENCE = 90_000;

/** What the holder tells the tabs that wait. */
type News = LoadProgress | 'alive';

/** What the work under the lock reports. */
export interface Turn {
  /** Tells the tabs that wait. */
  announce(progress: LoadProgress): void;
  /** Reports progress. A holder that makes none for 90 s loses the lock. */
  advance(): void;
}

const NOBODY_WAITS: Turn = { announce() {}, advance() {} };

/**
 * Runs `work` while no other tab or worker of this origin runs work under the same name. Meanwhile
 * `onNews` hears what the holder announces. Frozen tabs and hanging work are not waited for, and
 * without Web Locks nothing is: `work` must be correct without the lock too, which only saves doing
 * it twice.
 *
 * Rejects with the signal's reason if it aborts while waiting.
 */
export async function withTabLock<T>(
  name: string,
  signal: AbortSignal | undefined,
  onNews: (progress: LoadProgress) => void,
  work: (turn: Turn) => Promise<T>,
): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return work(NOBODY_WAITS);
  const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(name);
  const waiting = new Wait(signal, channel, onNews);
  let running: Promise<T> | undefined;
  try {
    await locks.request(name, { signal: waiting.signal }, async () => {
      waiting.end();
      const presence = new Presence(channel);
      // An abort releases the lock even if the work hangs on something that ignores the signal.
      running = abortable(work(presence), signal);
      try {
        await Promise.race([running, presence.lost]);
      } finally {
        presence.end();
      }
    });
    return await running!;
  } catch (error) {
    if (running || signal?.aborted) throw error;
    // The other tab is frozen, or locks are denied, as in a sandboxed frame.
    return work(NOBODY_WAITS);
  } finally {
    waiting.end();
    channel?.close();
  }
}

/** The time under the lock. */
class Presence implements Turn {
  /** Resolves when the work has made no progress for so long that others may have the lock. */
  readonly lost: Promise<void>;
  readonly #channel: BroadcastChannel | undefined;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #advanced = performance.now();

  constructor(channel: BroadcastChannel | undefined) {
    this.#channel = channel;
    let lose: () => void = () => {};
    this.lost = new Promise((resolve) => (lose = resolve));
    this.#heartbeat = setInterval(() => {
      this.#channel?.postMessage('alive' satisfies News);
      if (performance.now() - this.#advanced >= SILENCE) lose();
    }, HEARTBEAT);
  }

  announce(progress: LoadProgress): void {
    this.#channel?.postMessage(progress satisfies News);
  }

  advance(): void {
    this.#advanced = performance.now();
  }

  end(): void {
    clearInterval(this.#heartbeat);
  }
}

/** The time before the lock. */
class Wait {
  readonly #given = new AbortController();
  readonly #forget: () => void;
  readonly #channel: BroadcastChannel | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(
    caller: AbortSignal | undefined,
    channel: BroadcastChannel | undefined,
    onNews: (progress: LoadProgress) => void,
  ) {
    this.#channel = channel;
    this.#forget = onAbort(caller, this.#giveUp);
    if (!channel) return;
    this.#restart();
    channel.onmessage = ({ data }: MessageEvent<News>) => {
      this.#restart();
      if (data !== 'alive') onNews(data);
    };
  }

  /** Aborts when there is no sense in waiting any longer. */
  get signal(): AbortSignal {
    return this.#given.signal;
  }

  end(): void {
    clearTimeout(this.#silence);
    this.#forget();
    if (this.#channel) this.#channel.onmessage = null;
  }

  readonly #giveUp = () => this.#given.abort();

  #restart(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(this.#giveUp, SILENCE);
  }
}
