import {
  KernelTrial,
  engineMemory,
  engineVersion,
  functionTable,
  installRelaxed,
  relaxedPlace,
  selectKernel,
  type Engine,
} from '../../pkg/edgebert.js';
import { EdgeBertError } from '../shared/errors.js';
import { builtin } from '../shared/node.js';
import { relaxedTile } from './relaxed-tile.js';
import { crashCount } from './engine-call.js';
import type { Kernel, KernelChoice, KernelFinding } from '../shared/types.js';

/** How much faster relaxed SIMD must be: a wrong choice costs speed, so a close one may fall either way. */
const THRESHOLD = 1.15;
/** Milliseconds of the trial. In less, V8 and JavaScriptCore still run code of their baseline compilers. */
const TRIAL = 16;
/** The least samples of each kernel: on a busy machine the time passes in a few. */
const LEAST_SAMPLES = 12;
/** The longest trial, for ratios near the threshold and for machines that are busy. */
const LONGEST_TRIAL = 48;
/** Milliseconds of one sample: above the resolution of a browser's clock, by default. */
const SAMPLE = 1;
/** The most runs of one sample, some 100 ms: there are clocks that stand still while a script runs. */
const MOST_RUNS = 16_384;

/** Whether the loop for relaxed SIMD is in the engine, and in which: after a crash there is another one. */
let installed: { readonly crashes: number; readonly done: boolean } | undefined;
/** What a trial found: on this thread, or before, in the same environment. */
let finding: KernelFinding | undefined;

const kernels = new WeakMap<Engine, Kernel>();

/**
 * The kernel to load a model for: the one that is wanted, or the one that is faster on this machine.
 * The engine must be ready. The first `auto` on a thread takes some 30 ms where there is relaxed SIMD,
 * unless what was `remembered` is of the same environment.
 *
 * @throws EdgeBertError `unsupported` where relaxed SIMD is wanted and missing.
 */
export function resolveKernel(wanted: KernelChoice = 'auto', remembered?: KernelFinding): Kernel {
  if (wanted === 'simd128') return wanted;
  if (installed?.crashes !== crashCount()) installed = { crashes: crashCount(), done: install() };
  const { done } = installed;
  if (wanted === 'relaxed') {
    if (done) return wanted;
    throw new EdgeBertError(
      'unsupported',
      "`kernel: 'relaxed'` needs WebAssembly's relaxed SIMD, which is missing here: use 'auto' or 'simd128'",
    );
  }
  if (!done) return 'simd128';
  if (!finding) {
    const here = environment();
    finding =
      remembered?.environment === here
        ? remembered
        : { kernel: speedup() >= THRESHOLD ? 'relaxed' : 'simd128', environment: here };
  }
  return finding.kernel;
}

/** What `auto` goes by on this thread, to be remembered; undefined for every other choice. */
export function findingFor(choice: KernelChoice): KernelFinding | undefined {
  return choice === 'auto' ? finding : undefined;
}

/**
 * What decides which kernel is faster, as far as it can be told. A browser's name has its version; of
 * the processor, which a browser does not name, a program outside has the model: caches are copied
 * between machines.
 */
function environment(): string {
  const os = builtin('node:os');
  if (!os) return `${engineVersion()} ${globalThis.navigator?.userAgent ?? ''}`;
  const { arch, versions } = globalThis.process;
  // Deno asks the person before it tells of the processor.
  const processor = 'deno' in versions ? '' : os.cpus()[0]?.model;
  const { node, v8, bun, deno } = versions;
  return [engineVersion(), node, v8, bun, deno, arch, processor].join(' ');
}

/** Has what is loaded from now on use `kernel`, which {@link resolveKernel} has found. */
export function loadFor(kernel: Kernel): void {
  selectKernel(kernel === 'relaxed');
}

/** Remembers which kernel a model was loaded for. */
export function rememberKernel(engine: Engine, kernel: Kernel): void {
  kernels.set(engine, kernel);
}

/** The kernel that a model was loaded for. */
export function kernelOf(engine: Engine): Kernel {
  return kernels.get(engine) ?? 'simd128';
}

/** Puts the loop into the engine's table. False without relaxed SIMD, and where its sums are wrong. */
function install(): boolean {
  const bytes = relaxedTile();
  if (!WebAssembly.validate(bytes)) return false;
  try {
    const engine = { memory: engineMemory() as WebAssembly.Memory };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { engine });
    (functionTable() as WebAssembly.Table).set(relaxedPlace(), exports.tile);
    return installRelaxed();
  } catch {
    // Runtimes such as workerd compile nothing while they run, and a page's policy may forbid it.
    return false;
  }
}

/** How many times as fast as SIMD128 relaxed SIMD is, each at its best; 0 where the clock cannot tell. */
function speedup(): number {
  const trial = new KernelTrial();
  try {
    const best = { simd128: Infinity, relaxed: Infinity };
    const started = performance.now();
    for (let samples = 1; ; samples++) {
      best.simd128 = Math.min(best.simd128, sample(trial, false));
      best.relaxed = Math.min(best.relaxed, sample(trial, true));
      if (best.simd128 === 0 || best.relaxed === 0) return 0;
      const ratio = best.simd128 / best.relaxed;
      const spent = performance.now() - started;
      const close = ratio > THRESHOLD / 1.15 && ratio < THRESHOLD * 1.1;
      if (samples >= LEAST_SAMPLES && spent >= (close ? LONGEST_TRIAL : TRIAL)) return ratio;
    }
  } finally {
    trial.free();
  }
}

/** Milliseconds of one run, over as many as take {@link SAMPLE}. */
function sample(trial: KernelTrial, relaxed: boolean): number {
  const started = performance.now();
  let runs = 0;
  let spent = 0;
  do {
    trial.run(relaxed, 8);
    runs += 8;
    spent = performance.now() - started;
  } while (spent < SAMPLE && runs < MOST_RUNS);
  return spent / runs;
}
