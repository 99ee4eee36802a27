import type { Engine } from '../../pkg/edgebert.js';
import { checkLoadOptions, checkModelType } from './options.js';
import { EngineModel, loadEngine } from './engine-model.js';
import { score } from '../engine/run.js';
import { Profile } from './expectations.js';
import { promptText } from './prompts.js';
import { checkRankOptions, ranked } from './ranking.js';
import { checkText, checkTexts } from '../shared/describe.js';
import type { RankedDocument, RankOptions } from './types.js';
import { loaderOf, sourceOf } from '../loading/model-source.js';
import type { WasmModelType } from '../loading/registry.js';
import type { LoadOptions, ModelFiles, PretrainedOptions } from '../loading/types.js';

/**
 * A model on this thread that reads a query together with a document and says how well they fit:
 * slower than vectors, and better, so it is mostly asked about the best results of a search. Its
 * methods are synchronous; on a page, take `WorkerCrossEncoder` for more than a few documents.
 */
export class CrossEncoder extends EngineModel {
  private constructor(engine: Engine, profile: Profile) {
    super(engine, profile);
  }

  /** Loads one of the rerankers that edgebert knows by name; see `WasmModel.from_type`. */
  static async from_type(type: WasmModelType, options: LoadOptions = {}): Promise<CrossEncoder> {
    checkModelType(type, 'cross-encoder');
    checkLoadOptions(options);
    const profile = Profile.ofType(type, options);
    return new CrossEncoder(
      await loadEngine(options, profile, loaderOf({ kind: 'registry', model: type }, options)),
      profile,
    );
  }

  /**
   * Loads any BERT model with a classifier on top (`BertForSequenceClassification`), with what its
   * own files say of labels and scores.
   *
   * @param source as for `WasmModel.from_pretrained`
   * @throws EdgeBertError, see its codes; AbortError when `options.signal` aborts.
   */
  static async from_pretrained(
    source: string | URL | ModelFiles,
    options: PretrainedOptions = {},
  ): Promise<CrossEncoder> {
    checkLoadOptions(options);
    const profile = Profile.ofSource(source, 'cross-encoder', options);
    return new CrossEncoder(await loadEngine(options, profile, loaderOf(sourceOf(source), options)), profile);
  }

  /**
   * Scores documents for a query.
   *
   * @param documents any number of texts; where one has more than `maxLength` word pieces together
   * with the query, the longer of the two is cut first
   * @returns a number for each document and each of the model's labels, document by document:
   * logits, or what the model's config makes of them. A document's score is the same, bit for bit,
   * whatever documents are beside it.
   */
  score(query: string, documents: readonly string[]): Float32Array {
    checkText('score', query);
    checkTexts('score', documents);
    return this.#score(query, documents);
  }

  /**
   * Puts documents in order, the one that fits the query best first.
   *
   * @throws TypeError where the model has several labels and none is chosen.
   */
  rank(query: string, documents: readonly string[], options: RankOptions = {}): RankedDocument[] {
    checkText('rank', query);
    checkTexts('rank', documents);
    const label = checkRankOptions(options, this.labels);
    return ranked(this.#score(query, documents), this.labels, label, options.topK);
  }

  /** How many scores the model gives for one document. */
  get labels(): number {
    return this.facts.labels;
  }

  #score(query: string, documents: readonly string[]): Float32Array {
    return score(this.live, promptText(this.facts) + query, documents);
  }
}
