/** Put in by the build: see vite.config.ts. */
declare const __SIZES__: {
  /** Bytes of the packed model. */
  readonly model: number;
  /** Bytes of the words' index. */
  readonly index: number;
  /** How many words the collection has. */
  readonly words: number;
};
