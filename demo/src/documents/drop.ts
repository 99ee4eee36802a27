import { element } from '../dom';
import { filesDropped, type Found } from './found';

/**
 * Files can be dropped anywhere on the page: without this, the browser would leave the page and open
 * them.
 */
export function wireDrop(onFiles: (files: Promise<Found[]>) => void): void {
  const overlay = element('drop-overlay');
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') ?? false;
  for (const name of ['dragenter', 'dragover'] as const) {
    addEventListener(name, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      overlay.hidden = false;
    });
  }
  addEventListener('dragleave', ({ relatedTarget }) => {
    // Leaving one element for another is not leaving the window.
    if (relatedTarget === null) overlay.hidden = true;
  });
  addEventListener('drop', (event) => {
    overlay.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    element('documents').scrollIntoView();
    onFiles(filesDropped(event.dataTransfer!));
  });
}
