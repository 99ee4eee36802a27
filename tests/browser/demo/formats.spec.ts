// What is read of files of each kind, and what is said of those that cannot be.
import type { Page } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, openReady, test } from './site';

// Each test loads the model, beside others that do the same.
test.describe.configure({ timeout: 180_000 });

const shelf = (page: Page) => page.locator('#shelf li:not(.sample)');
const passages = (page: Page) => page.locator('#passages li');

test('texts in the encodings of old Windows programs are read', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await page.locator('#files').setInputFiles([
    { name: 'wide.txt', mimeType: 'text/plain', buffer: Buffer.from('\uFEFFThe café is closed.', 'utf16le') },
    { name: 'narrow.txt', mimeType: 'text/plain', buffer: Buffer.from('The café is open.', 'latin1') },
  ]);
  await expect(shelf(page)).toHaveCount(2);
  await page.getByLabel('Ask them').fill('a place for coffee');
  await expect(passages(page).locator('mark').filter({ hasText: 'The café is closed.' })).toHaveCount(1);
  await expect(passages(page).locator('mark').filter({ hasText: 'The café is open.' })).toHaveCount(1);
});

const CSV = 'name;note\r\n"Ada; L.";"likes ""engines"""\r\nGrace;found a moth in a relay\r\n';
const BOOKMARKS = `<!DOCTYPE NETSCAPE-Bookmark-file-1><TITLE>Bookmarks</TITLE><H1>Bookmarks</H1>
<DL><p><DT><H3>Kitchen</H3><DL><p><DT><A HREF="https://example.org/bread">How to bake sourdough bread</A></DL><p>
<DT><A HREF="javascript:alert(1)">Bookmarklet</A></DL>`;

for (const [name, content, question, place, found, never] of [
  ['table.csv', CSV, 'an insect in a computer', 'table.csv, row 3', 'note: found a moth in a relay', /;|"/],
  ['quoted.csv', CSV, 'a fan of machines', 'quoted.csv, row 2', 'likes "engines"', /"";|;"/],
  [
    'bookmarks.html',
    BOOKMARKS,
    'a recipe for a loaf',
    'bookmarks.html, Kitchen',
    'How to bake sourdough bread',
    /alert|DL|<A/,
  ],
  [
    'page.html',
    '<!doctype html><title>t</title><style>p{color:red}</style><script>var secret=1</script><p>The bridge is <b>closed</b><p>until May',
    'a road that is shut',
    'page.html',
    'The bridge is closed',
    /color|secret|<p>/,
  ],
  [
    'notes.md',
    '---\ntags: x\n---\n# Garden\n\n- **Roses** like [sun](https://example.org)\n\n| a | b |\n|---|---|\n| tea | cup |\n\n```js\nlet a_b = 1;\n```\n',
    'flowers',
    'notes.md',
    'Roses like sun',
    /\*\*|\]\(|---|```|^#|tags/m,
  ],
] as const) {
  test(`of ${name} the text is read, and not its marks`, async ({ page, server, errors: _ }) => {
    await openReady(page, server);
    await page
      .locator('#files')
      .setInputFiles([{ name, mimeType: 'text/plain', buffer: Buffer.from(content) }]);
    await expect(shelf(page)).toHaveCount(1);
    await page.getByLabel('Ask them').fill(question);
    const first = passages(page).first();
    await expect(first.locator('.from')).toContainText(place);
    await expect(first.locator('blockquote')).toContainText(found);
    expect(await first.locator('blockquote').innerText()).not.toMatch(never);
  });
}

test('programs are read as text, whatever the system takes them for', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  await page.locator('#files').setInputFiles([
    {
      name: 'retry.ts',
      mimeType: 'video/mp2t',
      buffer: Buffer.from('// Sends a request again after a failure'),
    },
    { name: 'sum.rs', mimeType: '', buffer: Buffer.from('/// Adds two numbers\nfn add() {}') },
  ]);
  await expect(shelf(page)).toHaveCount(2);
  await page.getByLabel('Ask them').fill('repeat what did not work');
  await expect(passages(page).first()).toContainText('retry.ts');
});

test('a PDF is read page by page, and pdf.js is fetched only for it', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  const fetched = () => server.log.some(({ path }) => path.includes('pdf.worker'));
  expect(fetched()).toBe(false);
  await page.locator('#files').setInputFiles([
    {
      name: 'manual.pdf',
      mimeType: 'application/pdf',
      buffer: pdfOf(['The kettle boils water.', 'Trains leave at nine.']),
    },
    { name: 'broken.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 nothing') },
  ]);
  await expect(page.locator('#indexing-text')).toContainText('Left out: broken.pdf (cannot be read).');
  await page.getByLabel('Ask them').fill('railway timetable');
  await expect(passages(page).first()).toContainText('manual.pdf, page 2');
  await expect(passages(page).first()).toContainText('Trains leave at nine.');
  expect(fetched()).toBe(true);
});

/** A PDF with a line of text on each page. */
function pdfOf(lines: readonly string[]): Buffer {
  const font = 3;
  const pages = lines.map((_, i) => 4 + 2 * i);
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages.map((n) => `${n} 0 R`).join(' ')}] /Count ${lines.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...lines.flatMap((line, i) => {
      const content = `BT /F1 24 Tf 72 700 Td (${line}) Tj ET`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${pages[i]! + 1} 0 R /Resources << /Font << /F1 ${font} 0 R >> >> >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const start = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF`;
  return Buffer.from(file, 'latin1');
}

test('of a folder, what programs keep there is skipped, and that is said', async ({
  page,
  server,
  errors: _,
}, info) => {
  const folder = info.outputPath('notes');
  for (const [name, text] of [
    ['garden.md', 'Tomatoes want sun and warm soil.'],
    ['node_modules/left-pad/README.md', 'Pads a string.'],
    ['photo.jpg', '\0\0'],
  ] as const) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  await openReady(page, server);
  await page.locator('#folder').setInputFiles(folder);
  await expect(page.locator('#indexing-text')).toContainText('Skipped: node_modules.');
  await expect(page.locator('#indexing-text')).toContainText('Left out: notes/photo.jpg (not text).');
  await expect(shelf(page)).toHaveText([/notes\/garden\.md/]);
});

test('what cannot be read is said with its reason, before what nobody expects to be read', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  const file = (name: string, buffer: Buffer) => ({ name, mimeType: '', buffer });
  await page
    .locator('#files')
    .setInputFiles([
      ...['a.png', 'b.png', 'c.png'].map((name) => file(name, Buffer.from([0x89, 0x50, 0]))),
      file('scan.pdf', pdfOf([''])),
      file('letter.docx', Buffer.from('PK\x03\x04')),
      file('notes.rtf', Buffer.from('{\\rtf1 Hello\\par}')),
    ]);
  await expect(page.locator('#indexing-text')).toHaveText(
    'Left out: scan.pdf (pictures of pages, without text), letter.docx (save it as PDF or text first), ' +
      'notes.rtf (save it as PDF or text first) and 3 more.',
  );
  // As long as there is nothing else, the sample and its question stay.
  await expect(page.getByLabel('Ask them')).toHaveValue('why did she burn the furniture?');
  await expect(passages(page).first()).toContainText('feeding the fire');
});

test('a PDF that is locked is said to be', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  const zeros = '0'.repeat(64);
  const locked = pdfOf(['Secret.'])
    .toString('latin1')
    .replace(
      '/Root 1 0 R',
      `/Root 1 0 R /ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${zeros}> /U <${zeros}> >>`,
    );
  await page
    .locator('#files')
    .setInputFiles({ name: 'locked.pdf', mimeType: '', buffer: Buffer.from(locked, 'latin1') });
  await expect(page.locator('#indexing-text')).toHaveText('Left out: locked.pdf (locked by a password).');
});

test('a PDF whose reader cannot be downloaded is not said to be at fault', async ({ page, server }) => {
  await openReady(page, server);
  await page.route(/\/pdf-[^/]*\.js$/, (route) => route.abort());
  await page
    .locator('#files')
    .setInputFiles({ name: 'manual.pdf', mimeType: '', buffer: pdfOf(['A kettle.']) });
  await expect(page.locator('#indexing-error')).toContainText('The reader of PDFs could not be downloaded');
});

test('the opening of a long PDF can be followed and stopped', async ({ page, server, errors: _ }) => {
  await openReady(page, server);
  const said = page.locator('#indexing-text');
  await page.locator('#files').setInputFiles({
    name: 'long.pdf',
    mimeType: '',
    buffer: pdfOf(Array.from({ length: 6000 }, () => 'A page.')),
  });
  await expect(said).toHaveText(/Opening the files: long\.pdf, page \d+ of 6000/, { timeout: 60_000 });
  await page.locator('#indexing').getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect(said).toHaveText('Stopped before anything was read.');
  await expect(page.getByRole('button', { name: 'Add files' })).toBeEnabled();
  await expect(shelf(page)).toHaveCount(0);
});

test('a program that is pasted is called by its first line with a word in it', async ({
  page,
  server,
  errors: _,
}) => {
  await openReady(page, server);
  await page.getByLabel('Or paste a text').fill('{\n  "name": "edgebert",\n  "type": "module"\n}');
  await page.getByRole('button', { name: 'Add this text' }).press('Enter');
  await expect(shelf(page)).toHaveText([/^"name": "edgebert"/]);
});
