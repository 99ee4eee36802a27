import type { WasmModelType } from '../loading/registry.js';
import type { ModelFiles } from '../loading/types.js';
import type { WorkerLoadOptions, WorkerPretrainedOptions, WorkOptions } from '../workers/types.js';
import { openPool, type OpenedPool } from './open-model.js';
import { checkRank, checkScore } from './options.js';
import { PooledModel } from './pooled-model.js';
import { promptText } from './prompts.js';
import { ranked } from './ranking.js';
import type { RankedDocument, RankOptions } from './types.js';

/**
 * `CrossEncoder` in Web Workers (threads under Node), so that the page stays responsive while
 * documents are scored. Workers start, and are replaced, as those of `WorkerModel`.
 */
export class WorkerCrossEncoder extends PooledModel {
  private constructor(opened: OpenedPool) {
    super(opened);
  }

  /** Loads one of the rerankers that edgebert knows by name; see `WorkerModel.from_type`. */
  static async from_type(
    type: WasmModelType | string,
    options: WorkerLoadOptions = {},
  ): Promise<WorkerCrossEncoder> {
    return new WorkerCrossEncoder(await openPool('from_type', 'cross-encoder', type, options));
  }

  /** Loads any BERT model with a classifier on top; see `CrossEncoder.from_pretrained`. */
  static async from_pretrained(
    source: string | URL | ModelFiles,
    options: WorkerPretrainedOptions = {},
  ): Promise<WorkerCrossEncoder> {
    return new WorkerCrossEncoder(await openPool('from_pretrained', 'cross-encoder', source, options));
  }

  /** `from_type` by another name. */
  static fromType(
    type: WasmModelType | string,
    options: WorkerLoadOptions = {},
  ): Promise<WorkerCrossEncoder> {
    return WorkerCrossEncoder.from_type(type, options);
  }

  /** `from_pretrained` by another name. */
  static fromPretrained(
    source: string | URL | ModelFiles,
    options: WorkerPretrainedOptions = {},
  ): Promise<WorkerCrossEncoder> {
    return WorkerCrossEncoder.from_pretrained(source, options);
  }

  /** Scores documents for a query; see `CrossEncoder.score`, and `WorkerModel.encode` for errors. */
  async score(query: string, documents: readonly string[], options: WorkOptions = {}): Promise<Float32Array> {
    return this.#score(query, documents, checkScore(query, documents, options));
  }

  /** Ranks documents; see `CrossEncoder.rank`. */
  async rank(
    query: string,
    documents: readonly string[],
    options: RankOptions = {},
  ): Promise<RankedDocument[]> {
    const { topK, label, ...work } = checkRank(query, documents, options, this.labels);
    return ranked(await this.#score(query, documents, work), this.labels, label, topK);
  }

  /** How many scores the model gives for one document. */
  get labels(): number {
    return this.info.labels;
  }

  #score(text: string, documents: readonly string[], options: WorkOptions): Promise<Float32Array> {
    const query = promptText(this.info) + text;
    return this.pool.run(
      { call: 'score', input: { query }, width: this.labels, beside: query.length },
      documents,
      options,
    );
  }
}
