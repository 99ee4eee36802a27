import type { Order } from './canvas-worker';
import { Points, type Dots, type Frame } from './points';

/** What draws the points: a worker, or the page itself where a canvas cannot be given to one. */
export type Canvas = Pick<Points, 'set' | 'draw'>;

/**
 * Undefined where the browser has no WebGL 2.
 *
 * @param onRefused called where only the worker finds that out
 */
export function canvasFor(canvas: HTMLCanvasElement, onRefused: () => void): Canvas | undefined {
  if (!('transferControlToOffscreen' in canvas)) return Points.on(canvas);
  // A canvas that has been given away cannot be asked any more.
  const trial = document.createElement('canvas').getContext('webgl2');
  if (!trial) return undefined;
  trial.getExtension('WEBGL_lose_context')?.loseContext();
  return new Remote(canvas.transferControlToOffscreen(), onRefused);
}

/** The points in a worker. */
class Remote implements Canvas {
  readonly #worker = new Worker(new URL('./canvas-worker.ts', import.meta.url), {
    type: 'module',
    name: 'map',
  });

  constructor(canvas: OffscreenCanvas, onRefused: () => void) {
    this.#worker.onmessage = onRefused;
    this.#send({ canvas }, [canvas]);
  }

  set(dots: Dots): void {
    this.#send({ dots });
  }

  draw(frame: Frame): void {
    this.#send({ frame });
  }

  #send(order: Order, transfer: Transferable[] = []): void {
    this.#worker.postMessage(order, transfer);
  }
}
