import { getDocument, GlobalWorkerOptions } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import type { Record } from './formats';

/**
 * The text of a PDF, page by page, by pdf.js. It is fetched when the first PDF is opened, from this site.
 *
 * @param onPage called before each page; what it throws ends the reading
 * @throws for a file that is damaged or locked by a password
 */
export async function pdfRecords(
  bytes: ArrayBuffer,
  onPage: (page: number, pages: number) => void,
): Promise<Record[]> {
  GlobalWorkerOptions.workerSrc = workerUrl;
  const task = getDocument({ data: new Uint8Array(bytes), disableFontFace: true, useSystemFonts: false });
  try {
    const pdf = await task.promise;
    const records: Record[] = [];
    for (let number = 1; number <= pdf.numPages; number++) {
      onPage(number, pdf.numPages);
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('');
      page.cleanup();
      if (text.trim()) records.push({ text: joined(text), place: `page ${number}` });
    }
    return records;
  } finally {
    await task.destroy();
  }
}

/** Whether a file could not be read because it has a password. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && error.name === 'PasswordException';
}

/** Words that were divided at the end of a line, and lines that are one sentence. */
function joined(text: string): string {
  return text.replace(/(\p{L})-\n(?=\p{Ll})/gu, '$1').replace(/(?<![.!?:\n])\n(?=\S)/g, ' ');
}
