import { readLines } from './lines.js';
import { recordOf, type FieldNames, type InvalidInput, type TextRecord } from './record.js';

/** One JSON object a line; a JSON string alone is a text without fields. Blank lines are skipped. */
export async function* readJsonLines(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  names: FieldNames,
  invalid: InvalidInput,
): AsyncGenerator<TextRecord> {
  for await (const { text, number } of readLines(chunks, name, invalid)) {
    if (text.trim() === '') continue;
    const place = `line ${number} of ${name}`;
    const record = recordOfLine(text, place, names, invalid);
    if (record) yield record;
  }
}

function recordOfLine(
  line: string,
  place: string,
  names: FieldNames,
  invalid: InvalidInput,
): TextRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    // The line itself is the best guess of the text that was meant.
    return invalid.handle(`${place} is not JSON (${(error as Error).message})`, () => ({ text: line }));
  }
  const textAlone = names.id === undefined && names.vector === undefined;
  if (typeof value === 'string' && textAlone) return { text: value };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return recordOf(value as Record<string, unknown>, names, place, invalid);
  }
  return invalid.handle(`${place} is not a JSON object`, () => ({ text: line }));
}
