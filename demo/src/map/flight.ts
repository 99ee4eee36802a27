import { zoomIdentity, type ZoomTransform } from 'd3-zoom';

/** How long the map takes to come to an answer. */
const DURATION = 700;

/** What a place on the map and the room around it are, in the units of the map's square. */
export interface Target {
  readonly x: number;
  readonly y: number;
  /** How far from the middle the farthest of what is to be seen lies. */
  readonly reach: number;
}

/** Moves the map to a place, slowly enough to be followed with the eye; at once where motion is unwelcome. */
export class Flight {
  readonly #apply: (transform: ZoomTransform) => void;
  #due = 0;

  constructor(apply: (transform: ZoomTransform) => void) {
    this.#apply = apply;
  }

  stop(): void {
    cancelAnimationFrame(this.#due);
  }

  start(from: ZoomTransform, to: ZoomTransform): void {
    this.stop();
    const isThere = Math.hypot(to.x - from.x, to.y - from.y) < 1 && Math.abs(to.k / from.k - 1) < 1e-3;
    if (isThere || matchMedia('(prefers-reduced-motion: reduce)').matches) return this.#apply(to);
    const began = performance.now();
    const frame = () => {
      const share = Math.min(1, (performance.now() - began) / DURATION);
      this.#apply(between(from, to, eased(share)));
      if (share < 1) this.#due = requestAnimationFrame(frame);
    };
    this.#due = requestAnimationFrame(frame);
  }
}

/**
 * In steps of equal factors, so that coming near looks even; what stays in place on the way does so on
 * the screen.
 */
function between(from: ZoomTransform, to: ZoomTransform, share: number): ZoomTransform {
  const k = from.k * (to.k / from.k) ** share;
  // The share of the way that the scale itself has come, or of time where it stays.
  const along = Math.abs(to.k - from.k) < 1e-6 ? share : (k - from.k) / (to.k - from.k);
  return zoomIdentity.translate(from.x + (to.x - from.x) * along, from.y + (to.y - from.y) * along).scale(k);
}

function eased(share: number): number {
  return share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
}
