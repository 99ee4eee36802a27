import { abortable } from '../shared/abort.js';
import { checkLoadOptions, checkModelType } from './options.js';
import type { Work } from '../workers/job.js';
import type { Pool } from '../workers/pool.js';
import { checkWorkOptions, PoolModel, startPool } from './pooled-model.js';
import { Profile } from './expectations.js';
import { promptText } from './prompts.js';
import { checkRankOptions, ranked } from './ranking.js';
import { checkText, checkTexts } from '../shared/describe.js';
import type { ModelInfo, RankedDocument, WorkerRankOptions } from './types.js';
import type { WorkerLoadOptions, WorkerPretrainedOptions } from '../workers/types.js';
import { isModelFiles, rereadable } from '../loading/user-files.js';
import { loaderOf, sourceOf } from '../loading/model-source.js';
import type { WasmModelType } from '../loading/registry.js';
import type { ModelFiles } from '../loading/types.js';
import type { WorkOptions } from '../workers/types.js';

/**
 * `CrossEncoder` in Web Workers (under Node, in threads): the page stays free while documents are
 * scored. Workers start, and are replaced, as those of `WorkerModel`.
 */
export class WorkerCrossEncoder extends PoolModel {
  private constructor({ pool, info }: { pool: Pool; info: ModelInfo }) {
    super(pool, info);
  }

  /** Loads one of the rerankers that edgebert knows by name; see `WorkerModel.from_type`. */
  static async from_type(type: WasmModelType, options: WorkerLoadOptions = {}): Promise<WorkerCrossEncoder> {
    checkModelType(type, 'cross-encoder');
    checkLoadOptions(options);
    const profile = Profile.ofType(type, options);
    return new WorkerCrossEncoder(
      await startPool(options, profile, (options) => loaderOf({ kind: 'registry', model: type }, options)),
    );
  }

  /** Loads any BERT model with a classifier on top; see `CrossEncoder.from_pretrained`. */
  static async from_pretrained(
    source: string | URL | ModelFiles,
    options: WorkerPretrainedOptions = {},
  ): Promise<WorkerCrossEncoder> {
    checkLoadOptions(options);
    const profile = Profile.ofSource(source, 'cross-encoder', options);
    const kept = isModelFiles(source) ? await abortable(rereadable(source), options.signal) : source;
    return new WorkerCrossEncoder(
      await startPool(options, profile, (options) => loaderOf(sourceOf(kept), options)),
    );
  }

  /** Scores documents for a query; see `CrossEncoder.score`, and `WorkerModel.encode` for errors. */
  async score(query: string, documents: readonly string[], options: WorkOptions = {}): Promise<Float32Array> {
    checkText('score', query);
    checkTexts('score', documents);
    return this.#score(query, documents, options);
  }

  /** Puts documents in order; see `CrossEncoder.rank`. */
  async rank(
    query: string,
    documents: readonly string[],
    options: WorkerRankOptions = {},
  ): Promise<RankedDocument[]> {
    checkText('rank', query);
    checkTexts('rank', documents);
    const label = checkRankOptions(options, this.labels);
    return ranked(await this.#score(query, documents, options), this.labels, label, options.topK);
  }

  /** How many scores the model gives for one document. */
  get labels(): number {
    return this.info.labels;
  }

  #score(text: string, documents: readonly string[], options: WorkOptions): Promise<Float32Array> {
    checkWorkOptions(options);
    const query = promptText(this.info) + text;
    const work: Work = {
      width: this.labels,
      beside: query.length,
      on: (worker, documents) => worker.call('score', { query, documents }),
    };
    return this.pool.run(documents, work, options);
  }
}
