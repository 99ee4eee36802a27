import { EdgeBertError, messageOf } from '../shared/errors.js';
import type { Bytes } from '../shared/types.js';
import { assets } from './assets.js';
import type { EngineLoader } from './engine-loader.js';
import type { CalibrationPlace } from './types.js';

/** The steps of a calibration, each with the part of the work that is done; in the end the packed file. */
export type Calibration = AsyncGenerator<number, readonly Bytes[], undefined>;

/** What the script exports. */
export interface CalibrationScript {
  /** Calibrates the model of `loader` with its original, given the address of the script's wasm. */
  calibration(loader: EngineLoader, original: readonly Bytes[], wasm: string): Calibration;
}

/** Where the script is; pages tell their workers. @throws EdgeBertError `unsupported` in edgebert/inline */
export function calibrationPlace(): CalibrationPlace {
  const found = assets().calibration();
  if (!found) throw new EdgeBertError('unsupported', 'edgebert/inline does not have the script for it');
  // Next.js has addresses without a host, which a worker from a blob: address does not complete.
  const full = ({ href }: URL) => new URL(href, globalThis.location?.href).href;
  return { script: full(found.script), wasm: full(found.wasm) };
}

/** Starts a calibration by the script, which is loaded first. @throws EdgeBertError `network` */
export async function openCalibration(
  loader: EngineLoader,
  original: readonly Bytes[],
  { script, wasm }: CalibrationPlace = calibrationPlace(),
): Promise<Calibration> {
  let module: CalibrationScript;
  try {
    // The package's own address: bundlers have put the file there, and leave the import alone.
    module = (await import(/* webpackIgnore: true */ /* @vite-ignore */ script)) as CalibrationScript;
  } catch (error) {
    throw new EdgeBertError('network', `${script} could not be loaded (${messageOf(error)})`, {
      cause: error,
    });
  }
  return module.calibration(loader, original, wasm);
}
