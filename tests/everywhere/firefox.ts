import { launch } from '../firefox/support';
import type { Running } from './tab';

/** Firefox, over WebDriver BiDi. */
export async function startFirefox(): Promise<Running> {
  const firefox = await launch();
  return {
    newVisitor: async () => {
      const context = await firefox.createBrowserContext();
      const page = await context.newPage();
      return {
        tab: {
          goto: async (url) => void (await page.goto(url)),
          evaluate: (work: (argument: never) => unknown, argument?: unknown) =>
            page.evaluate(work, argument as never) as never,
        },
        leave: () => context.close(),
      };
    },
    close: () => firefox.close(),
  };
}
