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
import { nextTask } from '../shared/next-task.js';
import { builtin } from '../shared/node.js';
import { crashCount, engineCall, release } from './engine-call.js';
import { relaxedTiles } from './relaxed-tile.js';
import { leastTimes } from './trial.js';
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

/** Puts one of the two loops for 7 bits into the engine's table: that of dots of four, or of two. */
type UseLoop = (byTwos: boolean) => void;

/** How to use the loops, where the engine has them, and which engine: after a crash there is another. */
let installed: { readonly crashes: number; readonly use: UseLoop | undefined } | undefined;
/** What a trial found: on this thread, or before, in the same environment. */
let finding: KernelFinding | undefined;
/** The trial that is under way, if there is one. */
let trying: Promise<void> | undefined;

/**
 * Tries the kernels, unless that has been done on this thread or what was `remembered` is of the same
 * environment, so that {@link resolveKernels} need not. Other tasks have their turns in between. The engine
 * must be ready.
 */
export async function tryKernels(wanted: KernelChoice, remembered?: KernelFinding): Promise<void> {
  if (wanted === 'simd128') return;
  const use = engineCall(loops);
  if (!use || found(remembered)) return;
  trying ??= tryInTurns(use).finally(() => (trying = undefined));
  await trying;
}

/**
 * The kernels to load a model for: the one that is wanted, or those that are faster on this machine.
 * The engine must be ready. Where there is relaxed SIMD, and neither a trial before nor what was `remembered`
 * to go by, it tries them first without a pause, for some 60 ms and at most half a second.
 *
 * @throws EdgeBertError `unsupported` where relaxed SIMD is wanted and missing.
 */
export function resolveKernels(wanted: KernelChoice, remembered?: KernelFinding): Relaxed {
  if (wanted === 'simd128') return always(false);
  const use = loops();
  if (!use) {
    if (wanted === 'auto') return always(false);
    throw new EdgeBertError(
      'unsupported',
      "`kernel: 'relaxed'` needs WebAssembly's relaxed SIMD, which is missing here: use 'auto' or 'simd128'",
    );
  }
  const { speedup, speedupByTwos } = found(remembered) ?? tryAtOnce(use);
  // Both read the same weights: models that are there take either.
  use(speedupByTwos > speedup);
  if (wanted === 'relaxed') return always(true);
  return {
    sevenBits: Math.max(speedup, speedupByTwos) >= THRESHOLDS.sevenBits,
    fourteenBits: speedup >= THRESHOLDS.fourteenBits,
  };
}

/** How to use the loops in the engine that is running; undefined where there is no relaxed SIMD. */
function loops(): UseLoop | undefined {
  if (installed?.crashes !== crashCount()) installed = { crashes: crashCount(), use: install() };
  return installed.use;
}

/** What holds on this machine. */
function found(remembered: KernelFinding | undefined): KernelFinding | undefined {
  if (!finding && remembered && remembered.environment === environment()) finding = remembered;
  return finding;
}

function tryAtOnce(use: UseLoop): KernelFinding {
  const trial = speedups(use);
  for (;;) {
    const { done, value } = trial.next();
    if (done) return (finding = { ...value, environment: environment() });
  }
}

/** Without a finding if the engine crashes in a turn of somebody else's. */
async function tryInTurns(use: UseLoop): Promise<void> {
  const crashes = crashCount();
  const trial = speedups(use);
  while (crashes === crashCount()) {
    const { done, value } = engineCall(() => trial.next());
    if (done) {
      finding = { ...value, environment: environment() };
      return;
    }
    await nextTask();
  }
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

/**
 * How many times as fast as SIMD128 relaxed SIMD is, each at its best; 0 where the clock cannot tell. It
 * yields every few milliseconds.
 */
function* speedups(use: UseLoop): Generator<void, Omit<KernelFinding, 'environment'>, void> {
  const crashes = crashCount();
  const trial = new KernelTrial();
  const relaxed = (byTwos: boolean) => (runs: number) => {
    use(byTwos);
    trial.run(true, runs);
  };
  const works = [(runs: number) => trial.run(false, runs), relaxed(false), relaxed(true)];
  const ratios = ([simd128, byFours, byTwos]: readonly number[]) => ({
    speedup: simd128! / byFours! || 0,
    speedupByTwos: simd128! / byTwos! || 0,
  });
  const close = (times: readonly number[]) => {
    const { speedup, speedupByTwos } = ratios(times);
    const near = (ratio: number, threshold: number) => ratio > threshold / 1.15 && ratio < threshold * 1.15;
    return (
      near(Math.max(speedup, speedupByTwos), THRESHOLDS.sevenBits) || near(speedup, THRESHOLDS.fourteenBits)
    );
  };
  try {
    return ratios(yield* leastTimes(works, close));
  } finally {
    release(trial, crashes);
  }
}
