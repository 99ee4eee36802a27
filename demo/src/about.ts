import type { WorkerModel } from 'edgebert';

/** Says below the page which model answers. */
export function about(root: HTMLElement, model: WorkerModel): void {
  const { dimension, maxLength, info } = model;
  root.textContent =
    `all-MiniLM-L6-v2, ${info.layers} layers in ${info.precision === 'int8' ? '8-bit integers' : '32-bit floats'}, ` +
    `${dimension} numbers a sentence, at most ${maxLength} word pieces; in WebAssembly, on this device.`;
}
