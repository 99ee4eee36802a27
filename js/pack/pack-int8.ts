import { Int8Packer } from '../../pkg-packer/packer.js';
import { EngineLoader } from '../engine/engine-loader.js';
import { startEngine } from '../engine/start.js';
import { checkInt8Options } from '../models/options.js';
import type { PackOptions } from '../models/pack.js';
import { packedFile } from '../models/packed-file.js';
import { CALIBRATION_TEXTS } from './calibration-texts.js';
import { batchesOf, calibrationIds, report, type Watched } from './calibration.js';
import {
  configOf,
  firstPosition,
  hasLayers,
  hasOwnInput,
  mapsOf,
  packerModel,
  type Tensors,
} from './original.js';
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
/** What texts are of the work on a layer. */
const TEXTS = 0.6;

/**
 * Makes a packed int8 file as `pack` does, but for the fastest kernels: activations are rounded to 7 bits
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
  const { packed, original } = model;
  const config = configOf(packed);
  const packer = new Int8Packer(
    config.hidden_size,
    config.num_attention_heads,
    config.intermediate_size,
    config.layer_norm_eps,
    config.hidden_act,
    firstPosition(config),
  );
  try {
    // The packer has one layer at a time.
    const { embeddings, layers } = packerModel(packed, original, () => 0);
    for (const [name, values] of embeddings) packer.tensor(name, values);
    const batches = batchesOf(texts);
    for (const { ids, lengths } of batches) packer.embed(ids, lengths);
    const maps = new Map<string, Tensor>();
    for (const [layer, names] of mapsOf(config).entries()) {
      for (const [name, values] of layers[layer]!) packer.tensor(name, values);
      const part = (done: number) => report((layer + done) / layers.length, watched);
      for (let batch = 0; batch < batches.length; batch++) {
        packer.observe(batch);
        await part((TEXTS * (batch + 1)) / batches.length);
      }
      for (const [map, name] of names.entries()) {
        for (const tensor of mapTensors(packer, map, `${name}.weight`, packed)) maps.set(tensor.name, tensor);
        await part(TEXTS + ((1 - TEXTS) * (map + 1)) / names.length);
      }
      packer.nextLayer();
    }
    const rest = packed.names.filter((name) => !maps.has(name)).map((name) => kept(packed, name));
    return [...rest, ...maps.values()];
  } finally {
    packer.free();
  }
}

/** The weights of a map, their scales, and what its inputs are multiplied by. */
function* mapTensors(packer: Int8Packer, map: number, weight: string, packed: Tensors): Generator<Tensor> {
  const [rows = 0, inputs = 0] = packed.shape(weight);
  yield { name: weight, dtype: 'I8', shape: [rows, inputs], bytes: bytesOf(packer.quantize(map)) };
  const scales = packer.scales();
  yield {
    name: `${weight}.scale`,
    dtype: 'BF16',
    shape: [rows, scales.length / rows],
    bytes: upperHalves(scales),
  };
  if (!hasOwnInput(map)) return;
  const bytes = bytesOf(packer.equalization(map));
  yield { name: `${weight}.equalization`, dtype: 'F32', shape: [inputs], bytes };
}

function kept(packed: Tensors, name: string): Tensor {
  return { name, dtype: packed.dtype(name), shape: packed.shape(name), bytes: packed.bytes(name) };
}
