// A packed int8 file, calibrated.
import { Int8Packer } from '../../pkg-packer/packer.js';
import type { Bytes } from '../shared/types.js';
import { batchesOf } from './calibration.js';
import { configOf, firstPosition, hasOwnInput, mapsOf, packerModel, type Tensors } from './original.js';
import type { RecordedModel } from './recorded-model.js';
import { bytesOf, safetensorsHeader, upperHalves, type Tensor } from './safetensors-header.js';

/** The version of packed files whose maps take equalised activations of 7 bits: see src/packed/mod.rs. */
const VERSION = '3';
/** What texts are of the work on a layer. */
const TEXTS = 0.6;

/**
 * Calibrates a model, which `startPacker` has to come before: the pieces of its packed file, and before that
 * the part of the work that is done, step by step.
 */
export function* calibratedFile(
  model: Pick<RecordedModel, 'packed' | 'original'>,
  texts: readonly Uint32Array[],
): Generator<number, Bytes[], undefined> {
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
      const part = (done: number) => (layer + done) / layers.length;
      for (let batch = 0; batch < batches.length; batch++) {
        packer.observe(batch);
        yield part((TEXTS * (batch + 1)) / batches.length);
      }
      for (const [map, name] of names.entries()) {
        for (const tensor of mapTensors(packer, map, `${name}.weight`, packed)) maps.set(tensor.name, tensor);
        yield part(TEXTS + ((1 - TEXTS) * (map + 1)) / names.length);
      }
      packer.nextLayer();
    }
    const rest = packed.names.filter((name) => !maps.has(name)).map((name) => kept(packed, name));
    const tensors = [...rest, ...maps.values()];
    const header = safetensorsHeader({ ...packed.metadata, version: VERSION }, tensors);
    return [header, ...tensors.map(({ bytes }) => bytes)];
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
