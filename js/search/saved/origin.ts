import type { Validator } from '../../storage/model-store.js';

/** Where a saved index was fetched from, and what of it is not from there. It is saved with the index. */
export interface Origin {
  /** The address, and what its server said of the version that was fetched. */
  readonly validator: Validator;
  /** Documents that the page has added. */
  readonly own: readonly string[];
  /** Documents of the fetched file that the page has replaced by its own. */
  readonly replaced: readonly string[];
  /** Documents of the fetched file that the page has removed. */
  readonly removed: readonly string[];
}

/** Of an index that is as it was fetched. */
export function untouched(validator: Validator): Origin {
  return { validator, own: [], replaced: [], removed: [] };
}

/** The origin in a record that another version, or another program, may have written. */
export function asOrigin(value: unknown): Origin | undefined {
  const { validator, own, replaced, removed } = Object(value) as Partial<Record<keyof Origin, unknown>>;
  const { url } = Object(validator) as { url?: unknown };
  const lists = [own, replaced, removed];
  const valid =
    typeof url === 'string' &&
    lists.every((list) => Array.isArray(list) && list.every((id) => typeof id === 'string'));
  return valid ? (value as Origin) : undefined;
}
