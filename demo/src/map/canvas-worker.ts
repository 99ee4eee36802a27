// Draws the points of the map in a thread of its own: compiling shaders would hold up the page, and so would
// a frame where no graphics processor helps.
import { Points, type Dots, type Frame } from './points';

/** Page to worker: the canvas first, then what is on it and how to draw it. */
export type Order =
  { readonly canvas: OffscreenCanvas } | { readonly dots: Dots } | { readonly frame: Frame };

let points: Points | undefined;

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  if ('canvas' in data) {
    points = Points.on(data.canvas);
    if (!points) postMessage('refused');
  } else if ('dots' in data) points?.set(data.dots);
  else points?.draw(data.frame);
});
