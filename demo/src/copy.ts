/** How long a button says that it has copied. */
const SAID = 2000;

/**
 * Makes a button copy a text. It says so on itself for a moment, which screen readers hear as well.
 *
 * @param text what to copy
 * @param fallback where the browser refuses its clipboard: shows the text so that it can be copied by hand
 */
export function wireCopy(button: HTMLButtonElement, text: () => string, fallback?: () => void): void {
  const label = button.textContent!;
  let due = 0;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not allowed here';
      fallback?.();
    }
    clearTimeout(due);
    due = window.setTimeout(() => (button.textContent = label), SAID);
  });
}
