/** A model that edgebert knows by name. */
export interface KnownModel {
  /** Name of the model, and of the folder that its packed file is in. */
  readonly name: string;
  /** Where the original is on the Hugging Face hub, and which commit of it. */
  readonly id: string;
  readonly revision: string;
  /** Longest text in word pieces by default, [CLS] and [SEP] included. */
  readonly maxLength: number;
  /** The packed int8 file: its size, and the SHA-256 of its header, which proves all the rest. */
  readonly packed: { readonly bytes: number; readonly headerSha256: string };
  /** The original weights. */
  readonly checkpoint: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** The files that the original weights need beside them, by their paths in the model's folder. */
  readonly sideFiles: readonly string[];
}

const MINI_LM_L6_V2 = {
  name: 'all-MiniLM-L6-v2',
  id: 'sentence-transformers/all-MiniLM-L6-v2',
  revision: 'c9745ed1d9f207416be6d2e6f8de32d1f16199bf',
  maxLength: 256,
  packed: {
    bytes: 23_388_644,
    headerSha256: 'd0e63ac73f2b58d75317fa1e81a9237a6ffa12984ee70ca19a01e48a518581de',
  },
  checkpoint: {
    file: 'model.safetensors',
    bytes: 90_868_376,
    sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
  },
  sideFiles: [
    'config.json',
    'tokenizer.json',
    'modules.json',
    '1_Pooling/config.json',
    'sentence_bert_config.json',
    'config_sentence_transformers.json',
  ],
} satisfies KnownModel;

/** The models that `from_type` takes. */
export const WasmModelType: { readonly MiniLML6V2: KnownModel } = deepFreeze({
  /** sentence-transformers/all-MiniLM-L6-v2: 6 layers, 384 dimensions, English. */
  MiniLML6V2: MINI_LM_L6_V2,
});
export type WasmModelType = (typeof WasmModelType)[keyof typeof WasmModelType];

/** The same value as `WasmModelType.MiniLML6V2`. */
export const MiniLML6V2: WasmModelType = WasmModelType.MiniLML6V2;

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
