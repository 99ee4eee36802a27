interface Numbers extends ArrayLike<number> {
  set(numbers: ArrayLike<number>, at: number): void;
}

/** Arrays of numbers, one after the other, in a new one of the class `Kind`. */
export function joined<Joined extends Numbers>(
  parts: readonly ArrayLike<number>[],
  Kind: new (length: number) => Joined,
): Joined {
  const all = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
