import { breather } from './breather.js';
import { Builder, type Weights } from './builder.js';
import type { PackedModel } from './packed.js';
import { paired } from './positions.js';
import { EPILOGUE, GATE_OUTPUTS, TILE_OUTPUTS } from './shaders.js';
import type { Shape } from './shape.js';

/** Lays a model's tensors out for the kernels, step by step. */
export async function layOut(model: PackedModel, shape: Shape): Promise<Weights> {
  const { names, hidden, intermediate, heads, isModern } = shape;
  const builder = new Builder(model, shape);
  const breathe = breather();
  const square = { inputs: hidden, outputs: hidden, columns: hidden };
  const qkv = { ...square, parts: names.qkv, outputs: 3 * hidden, columns: 3 * hidden };
  const turned = {
    columnOf: (row: number) => (row < 2 * hidden ? paired(row, hidden / heads) : row),
    epilogue: EPILOGUE.rotate,
  };
  const output = { ...square, parts: [names.attentionOutput], epilogue: EPILOGUE.residual };
  const up = { ...square, parts: [names.up], outputs: intermediate };
  const activated = { columns: intermediate, epilogue: EPILOGUE.activation };
  const tiles = Math.ceil(intermediate / GATE_OUTPUTS);
  const gate = { columns: TILE_OUTPUTS * tiles, columnOf: gated, epilogue: EPILOGUE.gate };
  const down = { ...output, parts: [names.down], inputs: intermediate };

  builder.embed('hidden');
  for (const [layer, { window, theta }] of shape.reach.entries()) {
    await breathe();
    builder.prefix = `${names.layer}${layer}.`;
    const attend = (input: 'hidden' | 'context') => {
      builder.multiply({ ...qkv, ...(theta ? { ...turned, theta } : NO_EPILOGUE) }, input, 'wide');
      builder.attend(window, 'wide', 'context');
      builder.multiply(output, 'context', 'sum', 'hidden');
    };
    if (isModern) {
      // The embeddings have been normalised.
      if (layer > 0) builder.norm(names.attentionNorm, 'hidden', 'context');
      attend(layer > 0 ? 'context' : 'hidden');
      builder.norm(names.outputNorm, 'sum', 'context');
      builder.multiply({ ...up, ...gate }, 'context', 'wide');
      builder.multiply(down, 'wide', 'hidden', 'sum');
    } else {
      attend('hidden');
      builder.norm(names.attentionNorm, 'sum', 'hidden');
      builder.multiply({ ...up, ...activated }, 'hidden', 'wide');
      builder.multiply(down, 'wide', 'sum', 'hidden');
      builder.norm(names.outputNorm, 'sum', 'hidden');
    }
  }
  builder.prefix = '';
  if (isModern) builder.norm('final_norm', 'hidden', 'sum');
  return builder.build();
}

const NO_EPILOGUE = { epilogue: EPILOGUE.none };

/** The column of a row of a gated map: its first half of rows has the first half of each tile. */
function gated(row: number, rows: number): number {
  const half = rows / 2;
  const at = row % half;
  const tile = Math.floor(at / GATE_OUTPUTS);
  return TILE_OUTPUTS * tile + (at % GATE_OUTPUTS) + (row < half ? 0 : GATE_OUTPUTS);
}
