// Which kernels are timed, at MiniLM's shapes.

const SHAPES = [
  [384, 384],
  [1152, 384],
  [1536, 384],
  [384, 1536],
];
const ROWS = [1, 4, 8, 16, 32, 64, 144, 256];
const LENGTHS = [8, 16, 32, 64, 128, 256];
const HIDDEN = 384;
const INTERMEDIATE = 1536;
const HEADS = 12;
/** Rows of a block of a compact file: src/coding/block.rs. */
const BLOCK_ROWS = 682;
/** How widely values are spread in files of about 8, 12 and 21 MB. */
const DECODED = [
  { name: 'decode, 2.9 bits', spread: 1.8 },
  { name: 'decode, 4.1 bits', spread: 4.2 },
  { name: 'decode, 7.4 bits', spread: 41 },
];

/** Maps of int8 weights, with the bits of their activations, by both instruction sets. */
export const INTEGER_MAPS = [
  { name: '14-bit simd128', options: [false, false] },
  { name: '14-bit relaxed', options: [false, true] },
  { name: '7-bit simd128', options: [true, false] },
  { name: '7-bit relaxed', options: [true, true] },
];
/** Bytes of weights that don't stay in a second-level cache: about what MiniLM's six layers hold as int8. */
const COLD_BYTES = 12e6;

/**
 * Each kernel has a name, the maker and its arguments on the page, where it stands in the report
 * (`row`, `column`), and what one run does: `macs`, or `elements`.
 */
export function kernelList({ only, cold }) {
  const wanted = only.toLowerCase().replaceAll('×', 'x');
  return [
    ...INTEGER_MAPS.flatMap(({ name, options }) => maps(name, 'int8', cold ? 1 : 0, options)),
    ...maps('f32', 'f32', cold ? 4 : 0),
    ...attention('Int16'),
    ...attention('F32'),
    ...rows(),
  ].filter(({ name }) => name.toLowerCase().replaceAll('×', 'x').includes(wanted));
}

/**
 * @param bytes per weight, to choose how many copies make the weights come from far; 0 for one copy
 * @param options further arguments of the maker
 */
function maps(kind, maker, bytes, options = []) {
  return SHAPES.flatMap(([outputs, inputs]) =>
    ROWS.map((rows) => ({
      name: `${kind} ${outputs}×${inputs} M=${rows}`,
      kind,
      maker,
      args: [
        rows,
        outputs,
        inputs,
        Math.max(1, Math.ceil((bytes && COLD_BYTES) / (outputs * inputs * bytes || 1))),
        ...options,
      ],
      row: `${outputs}×${inputs}`,
      column: `M=${rows}`,
      macs: rows * outputs * inputs,
    })),
  );
}

function attention(kind) {
  return LENGTHS.map((length) => ({
    name: `attention ${kind} ${length}`,
    kind: `attention${kind}`,
    maker: `attention${kind}`,
    args: [length, HEADS, HIDDEN / HEADS],
    row: '12 heads of 32',
    column: `${length}`,
    macs: 2 * length * length * HIDDEN,
  }));
}

function rows() {
  const kernel = (maker, name, length) => ({ name, maker, args: [length], row: name, elements: length });
  return [
    kernel('layerNorm', 'layer norm', HIDDEN),
    kernel('quantize14', 'round 384 to 14 bits', HIDDEN),
    kernel('quantize7', 'round 384 to 7 bits', HIDDEN),
    kernel('quantize7', 'round 1536 to 7 bits', INTERMEDIATE),
    kernel('gelu', 'GELU', INTERMEDIATE),
    kernel('exp', 'exp (softmax)', 128),
    kernel('embedding', 'embedding', HIDDEN),
    // Of a compact file: a block of rows. 5 ns a weight are 200 MB/s.
    ...DECODED.map(({ name, spread }) => ({
      name,
      maker: 'decode',
      args: [BLOCK_ROWS, HIDDEN, spread],
      row: name,
      elements: BLOCK_ROWS * HIDDEN,
    })),
  ];
}
