// What calibrates an original that is converted where it is loaded: a script of its own, imported by then.
import type { CalibrationScript } from './engine/calibration-script.js';
import { calibratedFile } from './pack/calibrated-file.js';
import { CALIBRATION_TEXTS } from './pack/calibration-texts.js';
import { tokenized } from './pack/calibration.js';
import { withBothFiles } from './pack/recorded-model.js';
import { releaseMemory, startPacker } from './pack/start-packer.js';

/** How many calibrations share the packer's memory. */
let running = 0;

export const calibration: CalibrationScript['calibration'] = async function* (loader, original, wasm) {
  await startPacker(new URL(wasm));
  const model = await withBothFiles(loader, original);
  running++;
  try {
    return yield* calibratedFile(model, tokenized(loader.engine, CALIBRATION_TEXTS));
  } finally {
    if (--running === 0) releaseMemory();
  }
};
