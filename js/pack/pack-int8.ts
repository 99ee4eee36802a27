import { EngineLoader } from '../engine/engine-loader.js';
import { startEngine } from '../engine/start.js';
import { checkInt8Options } from '../models/options.js';
import type { PackOptions } from '../models/pack.js';
import { packedFile } from '../models/packed-file.js';
import { calibratedFile } from './calibrated-file.js';
import { CALIBRATION_TEXTS } from './calibration-texts.js';
import { calibrationIds, report } from './calibration.js';
import { configOf, hasLayers } from './original.js';
import { recordedModel } from './recorded-model.js';
import { packerFile } from './packer-file.js';
import { startPacker } from './start-packer.js';

/** Options of `packInt8`. */
export interface Int8Options extends PackOptions {
  /**
   * Texts of the kind that the model is for; some hundreds are enough. Default: sentences of many kinds and
   * languages that come with the package. Without any (`[]`) activations have 14 bits.
   */
  texts?: readonly string[];
  /** Called between steps with the part of the work that is done, from 0 to 1. */
  onPacking?: (done: number) => void;
}

/**
 * Makes a packed int8 file of a model of any size, for the fastest kernels: activations are rounded to 7 bits
 * instead of 14, and so that vectors come out as close to the original, texts show which channels stand out,
 * and weights are rounded so that they make up for each other's errors. It takes seconds more for a small
 * model, and a minute for one of BERT's base size. The same input gives the same bytes.
 *
 * BERT, Roberta and DistilBERT encoders are calibrated. Of others the file is that of `pack`, and `onWarning`
 * is told.
 *
 * @param source the id of a model on the Hugging Face hub, or the address of a model's folder
 * @throws TypeError for an option that is not as described here, and what `pack` throws
 */
export async function packInt8(source: string | URL, options: Int8Options = {}): Promise<Blob> {
  checkInt8Options(options);
  const { texts, onPacking: _onPacking, vocabularyFor, ...loading } = options;
  const { signal, wasmUrl } = loading;
  await startPacker(packerFile());
  const model = await recordedModel(source, loading);
  const calibrated = new EngineLoader('int8', startEngine({ wasmUrl }));
  try {
    // Static models have nothing that could be calibrated.
    const usual = hasLayers(configOf(model.packed)) ? CALIBRATION_TEXTS : [];
    const ids = calibrationIds(model, texts ?? usual, loading.onWarning);
    if (ids.length === 0) return await packedFile(model.engine, vocabularyFor, signal);
    const file = calibratedFile(model, ids);
    let step = file.next();
    for (; !step.done; step = file.next()) await report(step.value, options);
    // The engine checks the file, and writes it as it writes any.
    await calibrated.begin([]);
    for (const piece of step.value) calibrated.push(piece);
    calibrated.finish();
    return await packedFile(calibrated, vocabularyFor, signal);
  } finally {
    model.engine.dispose();
    calibrated.dispose();
  }
}
