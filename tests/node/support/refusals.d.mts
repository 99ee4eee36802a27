/** A model that must be refused. */
export interface Refusal {
  readonly what: string;
  readonly files: () => Map<string, Buffer>;
  readonly options?: { readonly maxLength?: number };
  readonly code: string;
  readonly message: RegExp;
}

export const REFUSALS: readonly Refusal[];
export const UNFIT: readonly Refusal[];
