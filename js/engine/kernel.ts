import {
  KernelTrial,
  engineMemory,
  engineVersion,
  functionTable,
  installRelaxed,
  relaxedPlaces,
  selectKernels,
} from '../../pkg/edgebert.js';
import { EdgeBertError } from '../shared/errors.js';
import { builtin } from '../shared/node.js';
import { relaxedTiles } from './relaxed-tile.js';
import { crashCount } from './engine-call.js';
import type { KernelChoice, KernelFinding } from '../shared/types.js';

/** Which models are loaded for relaxed SIMD: those with activations of 7 bits, and those of 14. */
export interface Relaxed {
  readonly sevenBits: boolean;
  readonly fourteenBits: boolean;
}

/**
 * How much faster relaxed SIMD must be in the trial, whose activations have 7 bits: a wrong choice costs
 * speed, so a close one may fall either way. For 7 bits the faster of two loops counts. Models of 14 bits,
 * which take the first one twice the products and have no second, gain by it where the trial finds 1.9 to 2.3
 * (V8 with AVX-VNNI: 1.3), and not where it finds 1.4 (Firefox: 0.7) or 0.85 (V8 without AVX-VNNI, Bun: 0.4).
 */
const THRESHOLDS = { sevenBits: 1.15, fourteenBits: 1.65 };
/** Milliseconds of the trial. In less, V8 and JavaScriptCore still run code of their baseline compilers. */
const TRIAL = 16;
/** The least samples of each kernel: on a busy machine the time passes in a few. */
const LEAST_SAMPLES = 12;
/** The longest trial, for ratios near a threshold and for machines that are busy. */
const LONGEST_TRIAL = 48;
/** Milliseconds of one sample: above the resolution of a browser's clock, by default. */
const SAMPLE = 1;
/** The most runs of one sample, some 100 ms: there are clocks that stand still while a script runs. */
const MOST_RUNS = 16_384;

/** Puts one of the two loops for 7 bits into the engine's table: that of dots of four, or of two. */
type UseLoop = (byTwos: boolean) => void;

/** How to use the loops, where the engine has them, and which engine: after a crash there is another. */
let installed: { readonly crashes: number; readonly use: UseLoop | undefined } | undefined;
/** What a trial found: on this thread, or before, in the same environment. */
let finding: KernelFinding | undefined;

/**
 * The kernels to load a model for: the one that is wanted, or those that are faster on this machine.
 * The engine must be ready. The first choice on a thread but `simd128` takes some 40 ms where there is
 * relaxed SIMD, unless what was `remembered` is of the same environment.
 *
 * @throws EdgeBertError `unsupported` where relaxed SIMD is wanted and missing.
 */
export function resolveKernels(wanted: KernelChoice = 'auto', remembered?: KernelFinding): Relaxed {
  if (wanted === 'simd128') return always(false);
  if (installed?.crashes !== crashCount()) installed = { crashes: crashCount(), use: install() };
  const { use } = installed;
  if (!use) {
    if (wanted === 'auto') return always(false);
    throw new EdgeBertError(
      'unsupported',
      "`kernel: 'relaxed'` needs WebAssembly's relaxed SIMD, which is missing here: use 'auto' or 'simd128'",
    );
  }
  if (!finding) {
    const here = environment();
    finding = remembered?.environment === here ? remembered : { ...speedups(use), environment: here };
  }
  const { speedup, speedupByTwos } = finding;
  // Both read the same weights: models that are there take either.
  use(speedupByTwos > speedup);
  if (wanted === 'relaxed') return always(true);
  return {
    sevenBits: Math.max(speedup, speedupByTwos) >= THRESHOLDS.sevenBits,
    fourteenBits: speedup >= THRESHOLDS.fourteenBits,
  };
}

function always(relaxed: boolean): Relaxed {
  return { sevenBits: relaxed, fourteenBits: relaxed };
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

/** Has what is loaded from now on use what {@link resolveKernels} has found. */
export function loadFor({ sevenBits, fourteenBits }: Relaxed): void {
  selectKernels(sevenBits, fourteenBits);
}

/** The loops in the engine's table. Undefined without relaxed SIMD, and where their sums are wrong. */
function install(): UseLoop | undefined {
  const bytes = relaxedTiles();
  if (!WebAssembly.validate(bytes)) return undefined;
  try {
    const engine = { memory: engineMemory() as WebAssembly.Memory };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { engine });
    const table = functionTable() as WebAssembly.Table;
    const [onePart, twoParts] = relaxedPlaces();
    const use: UseLoop = (byTwos) => table.set(onePart!, byTwos ? exports.onePartByTwos : exports.onePart);
    table.set(twoParts!, exports.twoParts);
    const right = [true, false].every((byTwos) => {
      use(byTwos);
      return installRelaxed();
    });
    return right ? use : undefined;
  } catch {
    // Runtimes such as workerd compile nothing while they run, and a page's policy may forbid it.
    return undefined;
  }
}

/** How many times as fast as SIMD128 relaxed SIMD is, each at its best; 0 where the clock cannot tell. */
function speedups(use: UseLoop): Omit<KernelFinding, 'environment'> {
  const trial = new KernelTrial();
  try {
    const best = { simd128: Infinity, byFours: Infinity, byTwos: Infinity };
    const started = performance.now();
    for (let samples = 1; ; samples++) {
      best.simd128 = Math.min(best.simd128, sample(trial, false));
      use(false);
      best.byFours = Math.min(best.byFours, sample(trial, true));
      use(true);
      best.byTwos = Math.min(best.byTwos, sample(trial, true));
      if (Object.values(best).includes(0)) return { speedup: 0, speedupByTwos: 0 };
      const speedup = best.simd128 / best.byFours;
      const speedupByTwos = best.simd128 / best.byTwos;
      const spent = performance.now() - started;
      const near = (ratio: number, threshold: number) => ratio > threshold / 1.15 && ratio < threshold * 1.1;
      const close =
        near(Math.max(speedup, speedupByTwos), THRESHOLDS.sevenBits) ||
        near(speedup, THRESHOLDS.fourteenBits);
      if (samples >= LEAST_SAMPLES && spent >= (close ? LONGEST_TRIAL : TRIAL)) {
        return { speedup, speedupByTwos };
      }
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
