/** What browsers of Chromium's kind tell of the connection. */
interface Connection {
  readonly saveData?: boolean;
  readonly type?: string;
  readonly effectiveType?: string;
}

/**
 * What may be downloaded unasked: nothing for somebody whose browser saves data; only what is wanted where
 * the connection is slow or paid for by the megabyte; else all of it.
 */
export function connection(): 'saves' | 'costs' | 'good' {
  const {
    saveData,
    type,
    effectiveType = '4g',
  } = (navigator as { connection?: Connection }).connection ?? {};
  if (saveData) return 'saves';
  return type === 'cellular' || effectiveType !== '4g' ? 'costs' : 'good';
}
