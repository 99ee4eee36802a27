/** What a model computes: a vector of a text, or a score of a query with a document. */
export type Task = 'embedding' | 'cross-encoder';

/** A file that is published for a model. */
export interface PublishedFile {
  readonly bytes: number;
  /** SHA-256 of its header, which proves all the rest. */
  readonly headerSha256: string;
  /** Its name in the model's folder, where that is not the usual one. */
  readonly file?: string;
}

/** A model that edgebert knows by name. */
export interface KnownModel {
  /** Name of the model, and of the folder that its packed file is in. */
  readonly name: string;
  /** Where the original is on the Hugging Face hub, and which commit of it. */
  readonly id: string;
  readonly revision: string;
  /** Its licence, as SPDX names it. */
  readonly license: string;
  /** `embedding` for WasmModel and WorkerModel, `cross-encoder` for CrossEncoder and WorkerCrossEncoder. */
  readonly task: Task;
  /** How token vectors become one vector; undefined for cross-encoders. */
  readonly pooling?: 'mean' | 'cls';
  /** Whether the published model itself scales its vectors to length 1; `encode` does by default. */
  readonly normalize: boolean;
  /** Texts to put before a query or a document, as the model was trained. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Default longest text in tokens, [CLS] and [SEP] included. */
  readonly maxLength: number;
  /**
   * The packed int8 file: its size, and the SHA-256 of its header, which has the hashes of all the
   * rest. If it is unknown, a packed file is read only from the caller's `baseUrl` or `url`.
   */
  readonly packed?: PublishedFile;
  /** The compact file, which `precision: 'compact'` loads. */
  readonly compact?: PublishedFile;
  /** The npm package that has both files, `<package>@<version>`; `npm run model:package` makes it. */
  readonly npmPackage?: string;
  /** The original weights, if their hash is known; else they are what the commit has. */
  readonly checkpoint?: { readonly file: string; readonly bytes: number; readonly sha256: string };
  /** The files that the original weights need beside them; if undefined, they are looked for. */
  readonly sideFiles?: readonly string[];
}

/** The prompt of bge and arctic-embed for queries. */
const SEARCH_PROMPT = 'Represent this sentence for searching relevant passages: ';

/**
 * Unless an entry names another source, pooling, norm and length are those of 1_Pooling/config.json,
 * modules.json and sentence_bert_config.json at the commit, and the licence is that of the model
 * card.
 */
const MODELS = {
  /** 6 layers, 384 dimensions, English. */
  MiniLML6V2: embedding(
    'sentence-transformers/all-MiniLM-L6-v2',
    'c9745ed1d9f207416be6d2e6f8de32d1f16199bf',
    {
      license: 'Apache-2.0',
      pooling: 'mean',
      maxLength: 256,
      packed: {
        bytes: 23_388_644,
        headerSha256: 'd0e63ac73f2b58d75317fa1e81a9237a6ffa12984ee70ca19a01e48a518581de',
      },
      npmPackage: 'edgebert-all-minilm-l6-v2@1.0.0',
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
    },
  ),
  /**
   * 12 layers, 384 dimensions, English. The model card says 256 tokens, as for the smaller model;
   * sentence_bert_config.json says 128, which `from_pretrained` uses.
   */
  MiniLML12V2: embedding(
    'sentence-transformers/all-MiniLM-L12-v2',
    '936af83a2ecce5fe87a09109ff5cbcefe073173a',
    {
      license: 'Apache-2.0',
      pooling: 'mean',
      maxLength: 256,
    },
  ),
  /**
   * 6 layers, 384 dimensions, for questions and answers in English. The model card names no
   * licence; this one is from the MTEB leaderboard's list of models.
   */
  MultiQAMiniLML6: embedding(
    'sentence-transformers/multi-qa-MiniLM-L6-cos-v1',
    'b207367332321f8e44f96e224ef15bc607f4dbf0',
    {
      license: 'Apache-2.0',
      pooling: 'mean',
    },
  ),
  /**
   * 12 layers, 384 dimensions, English. The prompt is from the model card, which has none for
   * documents; config_sentence_transformers.json has no prompts.
   */
  BgeSmallEnV15: embedding('BAAI/bge-small-en-v1.5', '5c38ec7c405ec4b44b94cc5a9bb96e735b38267a', {
    license: 'MIT',
    pooling: 'cls',
    prompts: { query: SEARCH_PROMPT },
  }),
  /** 12 layers, 384 dimensions, English; weights in float16. */
  GteSmall: embedding('thenlper/gte-small', '17e1f347d17fe144873b1201da91788898c639cd', {
    license: 'MIT',
    pooling: 'mean',
  }),
  /**
   * 12 layers, 384 dimensions, English. The prompts are from the model card, which asks for one of
   * them before every text; there is no config_sentence_transformers.json.
   */
  E5SmallV2: embedding('intfloat/e5-small-v2', 'ffb93f3bd4047442299a41ebb6fa998a38507c52', {
    license: 'MIT',
    pooling: 'mean',
    prompts: { query: 'query: ', document: 'passage: ' },
  }),
  /** 6 layers, 384 dimensions, English. The prompt is in config_sentence_transformers.json. */
  ArcticEmbedXS: embedding(
    'Snowflake/snowflake-arctic-embed-xs',
    'd8c86521100d3556476a063fc2342036d45c106f',
    {
      license: 'Apache-2.0',
      pooling: 'cls',
      prompts: { query: SEARCH_PROMPT },
    },
  ),
  /** 12 layers, 384 dimensions, English. The prompt is in config_sentence_transformers.json. */
  ArcticEmbedS: embedding('Snowflake/snowflake-arctic-embed-s', 'e596f507467533e48a2e17c007f0e1dacc837b33', {
    license: 'Apache-2.0',
    pooling: 'cls',
    prompts: { query: SEARCH_PROMPT },
  }),
  /** 3 layers, 384 dimensions, English. modules.json has no Normalize. */
  ParaphraseMiniLML3V2: embedding(
    'sentence-transformers/paraphrase-MiniLM-L3-v2',
    '4ca70771034acceecb2e72475f72050fcdde4ddc',
    {
      license: 'Apache-2.0',
      pooling: 'mean',
      normalize: false,
      maxLength: 128,
    },
  ),
  /**
   * 6 layers, English. One score, the logit itself (Identity in config.json); the length is that of
   * the tokenizer and the positions.
   */
  MsMarcoMiniLML6V2: reranker(
    'cross-encoder/ms-marco-MiniLM-L6-v2',
    'c5ee24cb16019beea0893ab7796b1df96625c6b8',
    {
      license: 'Apache-2.0',
    },
  ),
  /** 2 layers, hidden size 128, English; otherwise as the one with 6 layers. */
  MsMarcoTinyBertL2V2: reranker(
    'cross-encoder/ms-marco-TinyBERT-L2-v2',
    '81d1926f67cb8eee2c2be17ca9f793c7c3bd20cc',
    {
      license: 'Apache-2.0',
    },
  ),
};

/** The models that `from_type` accepts. */
export const WasmModelType: { readonly [Name in keyof typeof MODELS]: KnownModel } = deepFreeze(MODELS);
export type WasmModelType = KnownModel;

/** The same value as `WasmModelType.MiniLML6V2`. */
export const MiniLML6V2: WasmModelType = WasmModelType.MiniLML6V2;

/** The model with this id on the hub. */
export function modelOfId(id: string): KnownModel | undefined {
  return Object.values(WasmModelType).find((model) => model.id === id);
}

/** What an entry must say of its model; the rest has defaults. */
type Particulars = Pick<KnownModel, 'license'> & Partial<KnownModel>;

function embedding(id: string, revision: string, particulars: Particulars): KnownModel {
  return onHub(id, revision, { task: 'embedding', normalize: true, ...particulars });
}

function reranker(id: string, revision: string, particulars: Particulars): KnownModel {
  return onHub(id, revision, { task: 'cross-encoder', normalize: false, ...particulars });
}

/** A model has the name of its repository on the hub, without the owner. */
function onHub(
  id: string,
  revision: string,
  particulars: Particulars & Pick<KnownModel, 'task' | 'normalize'>,
): KnownModel {
  return { name: id.slice(id.indexOf('/') + 1), id, revision, prompts: {}, maxLength: 512, ...particulars };
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
