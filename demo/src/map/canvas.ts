import type { Order } from './canvas-worker';
import { Points, type Dots, type Frame } from './points';

/** What draws the points: a worker, or the page itself where a canvas cannot be given to one. */
export type Canvas = Pick<Points, 'set' | 'draw'>;

/** Undefined where the browser has no WebGL 2. */
export function canvasFor(canvas: HTMLCanvasElement): Canvas | undefined {
  if (!('transferControlToOffscreen' in canvas)) return Points.on(canvas);
  // A canvas that has been given away cannot be asked any more.
  const trial = document.createElement('canvas').getContext('webgl2');
  if (!trial) return undefined;
  trial.getExtension('WEBGL_lose_context')?.loseContext();
  return new Remote(canvas);
}

/** The points in a worker; on the page after all where the worker cannot be started or has no WebGL 2. */
class Remote implements Canvas {
  readonly #worker = new Worker(new URL('./canvas-worker.ts', import.meta.url), {
    type: 'module',
    name: 'map',
  });
  #dots: Dots | undefined;
  #frame: Frame | undefined;
  #local: Points | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#worker.onmessage = this.#worker.onerror = () => this.#takeBack(canvas);
    const given = canvas.transferControlToOffscreen();
    this.#send({ canvas: given }, [given]);
  }

  set(dots: Dots): void {
    this.#dots = dots;
    if (this.#local) this.#local.set(dots);
    else this.#send({ dots });
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    if (this.#local) this.#local.draw(frame);
    else this.#send({ frame });
  }

  #takeBack(canvas: HTMLCanvasElement): void {
    if (this.#local) return;
    this.#worker.terminate();
    const other = canvas.cloneNode() as HTMLCanvasElement;
    canvas.replaceWith(other);
    this.#local = Points.on(other);
    if (this.#dots) this.#local?.set(this.#dots);
    if (this.#frame) this.#local?.draw(this.#frame);
  }

  #send(order: Order, transfer: Transferable[] = []): void {
    this.#worker.postMessage(order, transfer);
  }
}
