import type { WasmModel, WorkerModel } from './index.js';
import { loadingModel } from './models/loading-model.js';
import {
  checkOptions,
  isAnything,
  isInteger,
  isObjectWith,
  wrongType,
  type Checks,
} from './shared/checks.js';
import { isRecord } from './shared/guards.js';

const isModel = isObjectWith('a loaded model, such as a WorkerModel', 'encodeQuery', 'encodeDocuments');

const FIELDS: Checks<EdgeBertEmbeddingsFields> = { model: isAnything, dimension: isInteger(1) };

/** What `new EdgeBertEmbeddings(…)` takes. */
export interface EdgeBertEmbeddingsFields {
  /** A loaded model, or one that is being loaded. The embeddings don't end it. */
  model: WasmModel | WorkerModel | Promise<WasmModel | WorkerModel>;
  /** Keeps the first numbers of each vector only, for models that were trained for it. */
  dimension?: number;
}

/**
 * LangChain.js's `Embeddings`, for its vector stores and retrievers. It has the methods of that
 * interface and needs nothing of LangChain's itself. Queries and documents get the model's own
 * prompts where it has any; all vectors have length 1.
 */
export class EdgeBertEmbeddings {
  readonly #model: Promise<WasmModel | WorkerModel>;
  readonly #options: { dimension?: number };

  /** @throws TypeError for what is not a model; a load that fails rejects the first call */
  constructor(fields: EdgeBertEmbeddingsFields) {
    if (!isRecord(fields)) wrongType('The argument', 'an object with `model`', fields);
    checkOptions('EdgeBertEmbeddings', fields, FIELDS);
    const { model, dimension } = fields;
    this.#model = loadingModel<WasmModel | WorkerModel>(model, isModel);
    this.#options = dimension === undefined ? {} : { dimension };
  }

  /** The vector of a query. */
  async embedQuery(document: string): Promise<number[]> {
    const model = await this.#model;
    return Array.from(await model.encodeQuery([document], this.#options));
  }

  /** The vectors of documents, in their order. */
  async embedDocuments(documents: string[]): Promise<number[][]> {
    const model = await this.#model;
    const flat = await model.encodeDocuments(documents, this.#options);
    const length = flat.length / documents.length;
    return documents.map((_, i) => Array.from(flat.subarray(i * length, (i + 1) * length)));
  }
}
