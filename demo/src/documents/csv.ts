import type { Record } from './formats';

/** A table row by row, each with the names of its columns: a row is what somebody looks for. */
export function csvRecords(source: string, isTabs: boolean): Record[] {
  const [head, ...rows] = cells(source, isTabs ? '\t' : separatorOf(source));
  if (!head) return [];
  return rows.flatMap((row, i) => {
    const named = row
      .map((value, column) => [head[column]?.trim(), value.trim()] as const)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => (name ? `${name}: ${value}` : value));
    return named.length > 0 ? [{ text: named.join('\n'), place: `row ${i + 2}` }] : [];
  });
}

/** Spreadsheets of many countries write semicolons. */
function separatorOf(source: string): string {
  const first = source.slice(0, source.search(/\r?\n|$/));
  return first.split(';').length > first.split(',').length ? ';' : ',';
}

/** RFC 4180, and line ends of any kind: quoted cells may hold separators, line ends and doubled quotes. */
function cells(source: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  const endCell = () => {
    row.push(cell);
    cell = '';
  };
  const endRow = () => {
    endCell();
    if (row.some((value) => value.trim() !== '')) rows.push(row);
    row = [];
  };
  for (let i = 0; i < source.length; i++) {
    const character = source[i]!;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (source[i + 1] === '"') cell += source[i++];
      else isQuoted = false;
    } else if (character === '"' && cell === '') isQuoted = true;
    else if (character === separator) endCell();
    else if (character === '\n' || character === '\r') {
      if (character === '\r' && source[i + 1] === '\n') i++;
      endRow();
    } else cell += character;
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}
