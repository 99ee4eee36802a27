/** What a model computes: a vector of a text, or a score of a query with a document. */
export type Task = 'embedding' | 'cross-encoder';

/** A file that is published for a model. */
export interface PublishedFile {
  /** Its size in bytes. */
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
  /** The commit that is read, as 40 hexadecimal digits. */
  readonly revision: string;
  /** Its licence, as SPDX names it; `NOASSERTION` where the publisher does not say. */
  readonly license: string;
  /** The languages that it was trained for, as BCP 47 tags. */
  readonly languages: readonly string[];
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
   * The packed int8 file, which is also what the original becomes where it is loaded: its size, and the
   * SHA-256 of its header, which has the hashes of all the rest. If it is unknown, a packed file is read
   * only from the caller's `baseUrl` or `url`.
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

/** Those of the model cards of paraphrase-multilingual-MiniLM-L12-v2 and of distiluse: the same 50. */
const PARALLEL = tags(
  'ar bg ca cs da de el en es et fa fi fr fr-CA gl gu he hi hr hu hy id it ja ka ko ku lt lv mk mn mr ms my ' +
    'nb nl pl pt pt-BR ro ru sk sl sq sr sv th tr uk ur vi zh-CN zh-TW',
);
/** Those of the model card of multilingual-e5-small. */
const XLM_ROBERTA = tags(
  'af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy ' +
    'id is it ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa ' +
    'sd si sk sl so sq sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh',
);
/** English and the thirteen languages that mMARCO translates MS MARCO into. */
const MMARCO = tags('ar de en es fr hi id it ja nl pt ru vi zh');

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
        bytes: 23_456_028,
        headerSha256: 'fd1ce3b92f4c3df3d3de2fa62ca9bfeb7aa6ec7655f44191dbce610b1cc29f0e',
      },
      compact: {
        file: 'model-compact-12.safetensors',
        bytes: 11_987_153,
        headerSha256: '631a8e0cada762a770bcadaf4560de820a0631704f2689176e55b776c22702d7',
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
  /** 12 layers, 384 dimensions, 50 languages; 250,002 tokens. modules.json has no Normalize. */
  ParaphraseMultilingualMiniLML12V2: embedding(
    'sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2',
    '86741b4e3f5cb7765a600d3a3d55a0f6a6cb443d',
    {
      license: 'Apache-2.0',
      languages: PARALLEL,
      pooling: 'mean',
      normalize: false,
      maxLength: 128,
    },
  ),
  /**
   * 12 layers, 384 dimensions, 93 languages; 250,002 tokens. The prompts are from the model card, which asks
   * for one of them before every text.
   */
  MultilingualE5Small: embedding(
    'intfloat/multilingual-e5-small',
    '614241f622f53c4eeff9890bdc4f31cfecc418b3',
    {
      license: 'MIT',
      languages: XLM_ROBERTA,
      pooling: 'mean',
      prompts: { query: 'query: ', document: 'passage: ' },
    },
  ),
  /** DistilBERT: 6 layers, 512 dimensions by a Dense module, 50 languages. modules.json has no Normalize. */
  DistiluseMultilingualV2: embedding(
    'sentence-transformers/distiluse-base-multilingual-cased-v2',
    'dad0fa1ee4fa6e982d3adbce87c73c02e6aee838',
    {
      license: 'Apache-2.0',
      languages: PARALLEL,
      pooling: 'mean',
      normalize: false,
      maxLength: 128,
    },
  ),
  /** MPNet: 12 layers, 768 dimensions, English. */
  AllMpnetBaseV2: embedding(
    'sentence-transformers/all-mpnet-base-v2',
    '9a3225965996d404b775526de6dbfe85d3368642',
    {
      license: 'Apache-2.0',
      pooling: 'mean',
      maxLength: 384,
    },
  ),
  /**
   * MPNet: 12 layers, 768 dimensions, for questions and answers in English. Its vectors are to be compared by
   * their dot product, so encode them with `normalize: false`. The model card names no licence.
   */
  MultiQAMpnetBaseDotV1: embedding(
    'sentence-transformers/multi-qa-mpnet-base-dot-v1',
    '17997f24dca0df1a4fed68894fb0e1e133e60482',
    {
      license: 'NOASSERTION',
      pooling: 'cls',
      normalize: false,
    },
  ),
  /** ModernBERT: 12 layers, 384 dimensions, English, long texts. The model card says: no norm. */
  GraniteSmallEnglishR2: embedding(
    'ibm-granite/granite-embedding-small-english-r2',
    '54a8d2616a0844355a5164432d3f6dafb37b17a3',
    {
      license: 'Apache-2.0',
      pooling: 'cls',
      normalize: false,
      maxLength: 8192,
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
  /** 12 layers, 14 languages; 250,002 tokens. */
  MMarcoMiniLML12V1: reranker(
    'cross-encoder/mmarco-mMiniLMv2-L12-H384-v1',
    '1427fd652930e4ba29e8149678df786c240d8825',
    {
      license: 'Apache-2.0',
      languages: MMARCO,
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
  const name = id.slice(id.indexOf('/') + 1);
  return { name, id, revision, languages: ['en'], prompts: {}, maxLength: 512, ...particulars };
}

function tags(list: string): string[] {
  return list.split(' ');
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
