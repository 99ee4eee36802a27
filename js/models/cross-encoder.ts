import { score } from '../engine/run.js';
import type { WasmModelType } from '../loading/registry.js';
import type { LoadOptions, ModelFiles, PretrainedOptions } from '../loading/types.js';
import type { WorkOptions } from '../workers/types.js';
import { EngineModel } from './engine-model.js';
import { openEngine, type OpenedEngine } from './open-model.js';
import { checkRank, checkScore } from './options.js';
import { promptText } from './prompts.js';
import { ranked } from './ranking.js';
import type { RankedDocument, RankOptions } from './types.js';

/**
 * A model on this thread that reads a query together with a document and scores how well they fit.
 * It is slower than vectors and more accurate, so it is mostly used to rerank the best results of a
 * search. Its methods are synchronous; on a page, use `WorkerCrossEncoder` for more than a few
 * documents.
 */
export class CrossEncoder extends EngineModel {
  private constructor(opened: OpenedEngine) {
    super(opened);
  }

  /** Loads one of the rerankers that edgebert knows by name; see `WasmModel.from_type`. */
  static async from_type(type: WasmModelType | string, options: LoadOptions = {}): Promise<CrossEncoder> {
    return new CrossEncoder(await openEngine('from_type', 'cross-encoder', type, options));
  }

  /**
   * Loads any BERT model with a classifier on top (`BertForSequenceClassification`), with the labels
   * and scores that its files specify.
   *
   * @param source as for `WasmModel.from_pretrained`
   * @throws as `WasmModel.from_pretrained`
   */
  static async from_pretrained(
    source: string | URL | ModelFiles,
    options: PretrainedOptions = {},
  ): Promise<CrossEncoder> {
    return new CrossEncoder(await openEngine('from_pretrained', 'cross-encoder', source, options));
  }

  /** `from_type` by another name. */
  static fromType(type: WasmModelType | string, options: LoadOptions = {}): Promise<CrossEncoder> {
    return CrossEncoder.from_type(type, options);
  }

  /** `from_pretrained` by another name. */
  static fromPretrained(
    source: string | URL | ModelFiles,
    options: PretrainedOptions = {},
  ): Promise<CrossEncoder> {
    return CrossEncoder.from_pretrained(source, options);
  }

  /**
   * Scores documents for a query.
   *
   * @param documents any number of texts. Where one has more than `maxLength` tokens together with
   * the query, the longer of the two is truncated first.
   * @returns one number for each document and each of the model's labels, document by document:
   * logits, or what the model's config makes of them. A document's score is the same, bit for bit,
   * whatever documents are beside it.
   * @throws TypeError for arguments of the wrong type; EdgeBertError `state` after `free`
   */
  score(query: string, documents: readonly string[], options: WorkOptions = {}): Float32Array {
    return this.#score(query, documents, checkScore(query, documents, options));
  }

  /**
   * Ranks documents, the one that fits the query best first.
   *
   * @throws TypeError where the model has several labels and none is chosen; RangeError for a label
   * or a `topK` that is out of range
   */
  rank(query: string, documents: readonly string[], options: RankOptions = {}): RankedDocument[] {
    const request = checkRank(query, documents, options, this.labels);
    return ranked(this.#score(query, documents, request), this.labels, request.label, request.topK);
  }

  /** How many scores the model gives for one document. */
  get labels(): number {
    return this.facts.labels;
  }

  #score(query: string, documents: readonly string[], { onProgress }: WorkOptions): Float32Array {
    const scores = score(this.live, promptText(this.facts) + query, documents);
    this.noteTruncated('score');
    onProgress?.({ done: documents.length, total: documents.length });
    return scores;
  }
}
