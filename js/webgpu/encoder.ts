import { messageOf } from '../shared/errors.js';
import { checked, COMPUTE_STAGE, GpuFailure, mapped, USAGE } from './device.js';
import { attention, embed, matmul, norm, TILE_OUTPUTS, TILE_ROWS } from './shaders.js';
import type { Shape } from './shape.js';
import type { Kernel, Rows, Step, Weights } from './builder.js';

/** Texts as tokens, as the engine's `tokenizeBatch` gives them, or a part of them. */
export interface Tokens {
  readonly ids: Uint32Array;
  /** The token type of each; empty where all are 0. */
  readonly types: Uint8Array;
  /** How many tokens each text has. */
  readonly lengths: Uint32Array;
}

/** Bytes of a place, and of the uniform `Batch`. */
const PLACE = 16;
/** Bytes between the uniforms of two steps: the least that every device takes. */
const UNIFORM = 256;
const STEP_BYTES = 64;
/** Submits that are under way at the same time: while one is read and prepared, the other runs. */
export const IN_FLIGHT = 2;

/** An encoder's weights and rows on one device. */
export class GpuEncoder {
  /** Settles when the device is lost, with the reason. */
  readonly lost: Promise<string>;
  readonly #device: GPUDevice;
  readonly #shape: Shape;
  readonly #steps: readonly Step[];
  readonly #pipelines: Readonly<Record<Kernel, GPUComputePipeline>>;
  readonly #rowLayout: GPUBindGroupLayout;
  readonly #stepGroups: readonly GPUBindGroup[];
  readonly #batch: GPUBuffer;
  /** Rows for so many tokens. */
  #capacity = 0;
  #rows: Partial<Record<Rows, GPUBuffer>> = {};
  #rowGroups: readonly GPUBindGroup[] = [];
  /** One for each submit that is under way; those that no submit has. */
  #readable: GPUBuffer[] = [];
  #free = IN_FLIGHT;
  readonly #waiting: (() => void)[] = [];
  /** Submits are made one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #stamp = 0;
  #doneAt = 0;
  #rate = 0;

  private constructor(
    device: GPUDevice,
    shape: Shape,
    steps: readonly Step[],
    pipelines: Record<Kernel, GPUComputePipeline>,
    rowLayout: GPUBindGroupLayout,
    stepGroups: GPUBindGroup[],
    batch: GPUBuffer,
  ) {
    this.#device = device;
    this.#shape = shape;
    this.#steps = steps;
    this.#pipelines = pipelines;
    this.#rowLayout = rowLayout;
    this.#stepGroups = stepGroups;
    this.#batch = batch;
    this.lost = device.lost.then(({ message, reason }) => message || reason || 'it was lost');
  }

  /**
   * Compiles the kernels and uploads the weights, which it then lets go of.
   *
   * @throws OutOfMemory, GpuFailure
   */
  static async create(device: GPUDevice, shape: Shape, weights: Weights): Promise<GpuEncoder> {
    const stepLayout = device.createBindGroupLayout({
      entries: [
        ...[0, 1].map((binding) => entry(binding, 'read-only-storage')),
        ...[2, 3].map((binding) => entry(binding, 'uniform')),
      ],
    });
    const rowLayout = device.createBindGroupLayout({
      entries: [...[0, 1, 2].map((binding) => entry(binding, 'read-only-storage')), entry(3, 'storage')],
    });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [stepLayout, rowLayout] });
    const compile = (code: string) =>
      device.createComputePipelineAsync({ layout, compute: { module: device.createShaderModule({ code }) } });
    const { hidden, heads, activation } = shape;
    const compiling = checkedPipelines({
      embed: compile(embed(hidden, !shape.isModern, shape.types > 0)),
      matmul: compile(matmul(activation)),
      attention: compile(attention(hidden / heads, shape.hasDistances)),
      norm: compile(norm(hidden)),
    });
    const { steps } = weights;
    // A failure of either is told; the other one is let go.
    const uploading = checked(device, () => {
      const upload = (data: ArrayBufferView, usage: number) => {
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        const size = bufferSize(bytes.length);
        const buffer = device.createBuffer({ size, usage, mappedAtCreation: true });
        new Uint8Array(buffer.getMappedRange()).set(bytes);
        buffer.unmap();
        return buffer;
      };
      const params = upload(weights.params, USAGE.STORAGE);
      const uniforms = upload(stepUniforms(steps, shape.epsilon), USAGE.UNIFORM);
      const batch = device.createBuffer({
        size: PLACE,
        usage: USAGE.UNIFORM | USAGE.COPY_DST | USAGE.COPY_SRC,
      });
      const buffers = weights.buffers.map((data) => upload(data, USAGE.STORAGE));
      const groups = steps.map((step, index) =>
        device.createBindGroup({
          layout: stepLayout,
          entries: [
            ...[buffers[step.weights]!, params, batch].map((buffer, binding) => ({
              binding,
              resource: { buffer },
            })),
            { binding: 3, resource: { buffer: uniforms, offset: index * UNIFORM, size: STEP_BYTES } },
          ],
        }),
      );
      return { batch, groups };
    });
    const [pipelines, { batch, groups }] = await Promise.all([compiling, uploading]);
    return new GpuEncoder(device, shape, steps, pipelines, rowLayout, groups, batch);
  }

  /** Tokens a millisecond, as the last submits went; 0 before the first. */
  get rate(): number {
    return this.#rate;
  }

  /**
   * The hidden states of texts: a row for each token.
   *
   * @throws OutOfMemory where there is no room for so many tokens; GpuFailure after which the device is to
   * be given up
   */
  async encode(tokens: Tokens): Promise<Float32Array> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      const submitted = this.#turn.then(() => this.#submit(tokens));
      this.#turn = submitted.catch(() => {});
      return await this.#read(await submitted);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }

  /** Frees the memory of the device, and gives it up. */
  destroy(): void {
    this.#device.destroy();
  }

  async #submit({ ids, types, lengths }: Tokens): Promise<Submitted> {
    const count = ids.length;
    await this.#reserve(count);
    const device = this.#device;
    const places = placesOf(ids, types, lengths, this.#shape);
    const stamp = (this.#stamp = (this.#stamp + 1) >>> 0);
    const read = this.#readable.pop()!;
    const bytes = 4 * this.#shape.hidden * count;
    const began = performance.now();
    const work = checked(device, () => {
      device.queue.writeBuffer(this.#rows.places!, 0, places);
      device.queue.writeBuffer(this.#batch, 0, Uint32Array.of(count, stamp));
      const commands = device.createCommandEncoder();
      const pass = commands.beginComputePass();
      for (const [index, step] of this.#steps.entries()) {
        pass.setPipeline(this.#pipelines[step.kernel]);
        pass.setBindGroup(0, this.#stepGroups[index]!);
        pass.setBindGroup(1, this.#rowGroups[index]!);
        pass.dispatchWorkgroups(...workgroups(step, count, this.#shape.heads));
      }
      pass.end();
      commands.copyBufferToBuffer(this.#batch, 0, read, 0, PLACE);
      commands.copyBufferToBuffer(this.#rows[this.#steps.at(-1)!.output]!, 0, read, PLACE, bytes);
      device.queue.submit([commands.finish()]);
    });
    return { work, read, bytes, stamp, began, count };
  }

  async #read({ work, read, bytes, stamp, began, count }: Submitted): Promise<Float32Array> {
    // Both are waited for: after a failure, nothing of it is under way.
    const [worked, readable] = await Promise.allSettled([work, mapped(this.#device, read, PLACE + bytes)]);
    if (worked.status === 'rejected' || readable.status === 'rejected') {
      if (readable.status === 'fulfilled') read.unmap();
      this.#giveBack(read);
      throw worked.status === 'rejected' ? worked.reason : (readable as PromiseRejectedResult).reason;
    }
    const now = performance.now();
    const rate = count / Math.max(now - Math.max(began, this.#doneAt), 0.1);
    this.#rate = this.#rate === 0 ? rate : (this.#rate + rate) / 2;
    this.#doneAt = now;
    const range = read.getMappedRange(0, PLACE + bytes);
    const [, found] = new Uint32Array(range, 0, 2);
    const rows = new Float32Array(range.slice(PLACE));
    read.unmap();
    this.#giveBack(read);
    // A submit that was dropped leaves what the one before it wrote.
    if (found !== stamp) throw new GpuFailure('a submit was not run');
    return rows;
  }

  /** Keeps a buffer for the next submit, unless there are larger ones by now. */
  #giveBack(read: GPUBuffer): void {
    if (read.size >= PLACE + 4 * this.#shape.hidden * this.#capacity) this.#readable.push(read);
    else read.destroy();
  }

  /** Makes room for so many tokens. Room is kept, and grows by doubling. */
  async #reserve(count: number): Promise<void> {
    if (count <= this.#capacity) return;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(count, TILE_ROWS)));
    const device = this.#device;
    const { hidden, intermediate } = this.#shape;
    const made: GPUBuffer[] = [];
    const make = (bytes: number, usage: number) => {
      const buffer = device.createBuffer({ size: bytes, usage });
      made.push(buffer);
      return buffer;
    };
    const row = 4 * capacity;
    try {
      const { rows, readable } = await checked(device, () => ({
        rows: {
          places: make(PLACE * capacity, USAGE.STORAGE | USAGE.COPY_DST),
          hidden: make(row * hidden, USAGE.STORAGE | USAGE.COPY_SRC),
          sum: make(row * hidden, USAGE.STORAGE | USAGE.COPY_SRC),
          // Queries, keys and values are done with when the feed-forward block begins.
          wide: make(row * Math.max(3 * hidden, intermediate), USAGE.STORAGE),
          context: make(row * hidden, USAGE.STORAGE),
        },
        readable: Array.from({ length: IN_FLIGHT }, () =>
          make(PLACE + row * hidden, USAGE.MAP_READ | USAGE.COPY_DST),
        ),
      }));
      const groups = await checked(device, () =>
        this.#steps.map(({ input, residual, output }) =>
          device.createBindGroup({
            layout: this.#rowLayout,
            entries: [rows.places, rows[input], rows[residual], rows[output]].map((buffer, binding) => ({
              binding,
              resource: { buffer },
            })),
          }),
        ),
      );
      // What was submitted keeps its buffers until it has run; `#read` sees to those that are read.
      for (const buffer of [...Object.values(this.#rows), ...this.#readable]) buffer.destroy();
      this.#rows = rows;
      this.#rowGroups = groups;
      this.#readable = readable;
      this.#capacity = capacity;
    } catch (error) {
      for (const buffer of made) buffer.destroy();
      throw error;
    }
  }
}

interface Submitted {
  readonly work: Promise<void>;
  readonly read: GPUBuffer;
  readonly bytes: number;
  readonly stamp: number;
  readonly began: number;
  readonly count: number;
}

/** The size of a buffer for so many bytes: whole vec4s. */
export function bufferSize(bytes: number): number {
  return 16 * Math.max(Math.ceil(bytes / 16), 1);
}

function entry(binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry {
  return { binding, visibility: COMPUTE_STAGE, buffer: { type } };
}

async function checkedPipelines(
  pipelines: Record<Kernel, Promise<GPUComputePipeline>>,
): Promise<Record<Kernel, GPUComputePipeline>> {
  try {
    const all = Object.entries(pipelines).map(async ([name, pipeline]) => [name, await pipeline] as const);
    return Object.fromEntries(await Promise.all(all)) as Record<Kernel, GPUComputePipeline>;
  } catch (error) {
    throw new GpuFailure(`a shader does not compile: ${messageOf(error)}`, { cause: error });
  }
}

/** The uniforms of all steps, `UNIFORM` bytes apart. */
function stepUniforms(steps: readonly Step[], epsilon: number): Uint32Array {
  const words = new Uint32Array((steps.length * UNIFORM) / 4);
  const floats = new Float32Array(words.buffer);
  for (const [index, { fields }] of steps.entries()) {
    const at = (index * UNIFORM) / 4;
    words.set(fields, at);
    floats[at + fields.length] = epsilon;
  }
  return words;
}

/** A vec4u for each token; see `embed`. */
function placesOf(
  ids: Uint32Array,
  types: Uint8Array,
  lengths: Uint32Array,
  shape: Shape,
): Uint32Array<ArrayBuffer> {
  const places = new Uint32Array(4 * ids.length);
  const lastType = Math.max(shape.types - 1, 0);
  let start = 0;
  for (const length of lengths) {
    const end = start + length;
    let next = shape.padding === undefined ? 0 : shape.padding + 1;
    for (let t = start; t < end; t++) {
      const id = ids[t]!;
      const type = Math.min(types[t] ?? 0, lastType);
      // A padding token that is part of a text has a position of its own, as in transformers.
      const position = id === shape.padding ? id : next++;
      places.set([id | (type << 31), position, start, end], 4 * t);
    }
    start = end;
  }
  return places;
}

function workgroups({ kernel, columns }: Step, tokens: number, heads: number): [number, number] {
  switch (kernel) {
    case 'matmul':
      return [Math.ceil(columns / TILE_OUTPUTS), Math.ceil(tokens / TILE_ROWS)];
    case 'attention':
      return [Math.ceil(tokens / 64), heads];
    default:
      return [tokens, 1];
  }
}
