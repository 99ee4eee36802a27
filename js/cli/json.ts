/**
 * A replacer for `JSON.stringify`: Parquet's 64-bit integers become numbers while those are exact, else
 * strings.
 */
export function plainIntegers(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
