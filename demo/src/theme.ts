import { painted } from './moment';

const KEY = 'edgebert-theme';

/** The button that turns the page light or dark, against the system's setting and back to it. */
export function wireTheme(button: HTMLButtonElement, onChange: () => void): void {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const now = () => root.dataset.theme ?? (system.matches ? 'dark' : 'light');
  const show = () => {
    button.textContent = now() === 'dark' ? '☀' : '☾';
    button.ariaLabel = now() === 'dark' ? 'Light colours' : 'Dark colours';
    button.title = button.ariaLabel;
  };
  // Each of the two is for one setting of the system; what was chosen goes before it.
  const tint = () => {
    const { backgroundColor } = getComputedStyle(root);
    for (const bar of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]'))
      bar.content = backgroundColor;
  };
  const change = () => {
    show();
    tint();
    onChange();
  };
  button.addEventListener('click', () => {
    const other = now() === 'dark' ? 'light' : 'dark';
    const isSystem = other === (system.matches ? 'dark' : 'light');
    if (isSystem) delete root.dataset.theme;
    else root.dataset.theme = other;
    // Where nothing can be kept, the choice holds for this visit.
    try {
      if (isSystem) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, other);
    } catch {}
    change();
  });
  system.addEventListener('change', change);
  show();
  // The page has its colours already; asked now, it would be laid out before anything is painted.
  void painted().then(tint);
}
