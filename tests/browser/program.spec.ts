// The ten lines that the README shows, word for word, with nothing configured.
import { expect, HUB, html, routeHub, test } from './support/test';
import { cosine } from './support/vectors';

const FIRST_VALUES = [-0.03448, 0.03102, 0.00673, 0.02611, -0.03936];
const COSINE = 0.3624;

function program(options: string): string {
  return `
    import init, { WasmModel, WasmModelType } from 'edgebert';
    await init();
    const model = await WasmModel.from_type(WasmModelType.MiniLML6V2${options});
    const embeddings = model.encode(["Hello world", "How are you"], true);
    console.log("First 10 values:", embeddings.slice(0, 10));
    globalThis.embeddings = embeddings;`;
}

const cases = [
  { name: 'int8', options: '', values: 0.005, cosine: 0.01 },
  { name: 'f32', options: ", { precision: 'f32' }", values: 0.0001, cosine: 0.0005 },
];

for (const { name, options, values, cosine: tolerance } of cases) {
  test(`the program prints the reference values: ${name}`, async ({ page, server }) => {
    server.page('/program.html', html(program(options)));
    const asked = await routeHub(page, server);
    const message = page.waitForEvent('console', (message) => message.text().startsWith('First 10 values:'));
    const crashed = page.waitForEvent('pageerror').then((error) => Promise.reject(error));
    await page.goto(`${server.origin}/program.html`);

    const printed = (await Promise.race([message, crashed])).args()[1]!;
    const firstTen = await printed.evaluate((array: Float32Array) => Array.from(array));
    expect(await printed.evaluate((array: unknown) => array instanceof Float32Array)).toBe(true);
    expect(firstTen).toHaveLength(10);
    for (const [i, value] of FIRST_VALUES.entries())
      expect(Math.abs(firstTen[i]! - value)).toBeLessThan(values);

    const flat = await page.evaluate(() =>
      Array.from((globalThis as unknown as { embeddings: Float32Array }).embeddings),
    );
    expect(flat).toHaveLength(768);
    expect(Math.abs(cosine(flat.slice(0, 384), flat.slice(384)) - COSINE)).toBeLessThan(tolerance);

    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every((url) => url.startsWith(HUB))).toBe(true);
  });
}
