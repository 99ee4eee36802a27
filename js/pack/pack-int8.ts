import type { Packer } from '../../pkg-packer/packer.js';
import { EngineLoader } from '../engine/engine-loader.js';
import { startEngine } from '../engine/start.js';
import { checkInt8Options } from '../models/options.js';
import type { PackOptions } from '../models/pack.js';
import { packedFile } from '../models/packed-file.js';
import type { Bytes } from '../shared/types.js';
import { CALIBRATION_TEXTS } from './calibration-texts.js';
import { calibrate, calibrationIds, packerOf, report, type Watched } from './calibration.js';
import { configOf, hasLayers, hasOwnInput, mapsOf, type Tensors } from './original.js';
import { recordedModel, type RecordedModel } from './recorded-model.js';
import { bytesOf, safetensorsHeader, upperHalves, type Tensor } from './safetensors-header.js';
import { startPacker } from './start-packer.js';

/** Options of `packInt8`. */
export interface Int8Options extends PackOptions {
  /**
   * Texts of the kind that the model is for; some hundreds are enough. Default: sentences of many kinds and
   * languages that come with the package. Without any (`[]`) the file is that of `pack`.
   */
  texts?: readonly string[];
  /** Called between steps with the part of the work that is done, from 0 to 1. */
  onPacking?: (done: number) => void;
}

/** The version of packed files whose maps take equalised activations of 7 bits: see src/packed/mod.rs. */
const VERSION = '3';
/** What calibration is of the work. */
const CALIBRATION = 0.7;

/**
 * Makes a packed int8 file as `pack` does, but for the fastest kernels: activations are rounded to 7 bits
 * instead of 14, and so that vectors come out as close to the original, texts show which channels stand out,
 * and weights are rounded so that they make up for each other's errors. It takes minutes where `pack` takes
 * seconds. The same input gives the same bytes.
 *
 * BERT, Roberta and DistilBERT encoders are calibrated. Of others, and of those that are too large for it,
 * the file is that of `pack`, and `onWarning` is told.
 *
 * @param source the id of a model on the Hugging Face hub, or the address of a model's folder
 * @throws TypeError for an option that is not as described here, and what `pack` throws
 */
export async function packInt8(source: string | URL, options: Int8Options = {}): Promise<Blob> {
  checkInt8Options(options);
  const { texts, onPacking, vocabularyFor, ...loading } = options;
  const { signal, wasmUrl } = loading;
  await startPacker();
  const model = await recordedModel(source, loading);
  const calibrated = new EngineLoader('int8', startEngine({ wasmUrl }));
  try {
    // Static models have nothing that could be calibrated.
    const usual = hasLayers(configOf(model.packed)) ? CALIBRATION_TEXTS : [];
    const ids = calibrationIds(model, texts ?? usual, loading.onWarning);
    if (ids.length === 0) return await packedFile(model.engine, vocabularyFor, signal);
    const tensors = await quantized(model, ids, {
      ...(onPacking && { onPacking }),
      ...(signal && { signal }),
    });
    // The engine checks the file, and writes it as it writes any.
    await calibrated.begin([]);
    calibrated.push(safetensorsHeader({ ...model.packed.metadata, version: VERSION }, tensors));
    for (const { bytes } of tensors) calibrated.push(bytes);
    calibrated.finish();
    return await packedFile(calibrated, vocabularyFor, signal);
  } finally {
    model.engine.dispose();
    calibrated.dispose();
  }
}

/** Every tensor of the calibrated file. */
async function quantized(
  model: RecordedModel,
  texts: readonly Uint32Array[],
  watched: Watched,
): Promise<Tensor[]> {
  const { packed } = model;
  const packer = packerOf(model);
  try {
    await calibrate(packer, texts, CALIBRATION, watched);
    packer.equalize();
    const maps = await mapTensors(packer, packed, watched);
    const rest = packed.names.filter((name) => !maps.has(name)).map((name) => kept(packed, name));
    return [...rest, ...maps.values()];
  } finally {
    packer.free();
  }
}

/** The weights, scales and equalizations of all layers. */
async function mapTensors(packer: Packer, packed: Tensors, watched: Watched): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  const add = (name: string, dtype: string, shape: readonly number[], bytes: Bytes) => {
    tensors.set(name, { name, dtype, shape, bytes });
  };
  const layers = mapsOf(configOf(packed));
  for (const [layer, names] of layers.entries()) {
    for (const [map, name] of names.entries()) {
      const weight = `${name}.weight`;
      const [rows = 0, inputs = 0] = packed.shape(weight);
      add(weight, 'I8', [rows, inputs], bytesOf(packer.quantize(layer, map)));
      const scales = packer.scales();
      add(`${weight}.scale`, 'BF16', [rows, scales.length / rows], upperHalves(scales));
      if (hasOwnInput(map)) {
        add(`${weight}.equalization`, 'F32', [inputs], bytesOf(packer.equalization(layer, map)));
      }
      const done = (layer + (map + 1) / names.length) / layers.length;
      await report(CALIBRATION + (1 - CALIBRATION) * done, watched);
    }
  }
  return tensors;
}

function kept(packed: Tensors, name: string): Tensor {
  return { name, dtype: packed.dtype(name), shape: packed.shape(name), bytes: packed.bytes(name) };
}
