import { element } from './dom';

/** Copies the command that installs the package. */
export function wireInstall(): void {
  const told = element('copied');
  element('copy').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(element('command').textContent ?? '');
      told.textContent = 'Copied.';
    } catch {
      getSelection()?.selectAllChildren(element('command'));
      told.textContent = 'The browser gives no access to its clipboard; the command is marked.';
    }
  });
}
