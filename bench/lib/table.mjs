// Tables for a terminal: the first column left, the others right.

/** @param rows arrays of cells, the first of them the heading */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column] ?? '').length)));
  const line = (row) =>
    row
      .map((cell, column) => {
        const text = String(cell ?? '');
        return column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]);
      })
      .join('  ')
      .trimEnd();
  const [heading, ...body] = rows;
  return [line(heading), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}

/** Three significant digits, without an exponent. */
export function digits(value) {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

export function percent(share) {
  return `${Math.round(100 * share)} %`;
}
