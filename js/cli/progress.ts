const BAR = 24;
/** Milliseconds between two updates of the bar, and between two lines where there is no terminal. */
const EACH_BAR = 100;
const EACH_LINE = 10_000;

/** Progress of a command on the standard error: a bar on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #quiet: boolean;
  readonly #terminal = process.stderr.isTTY === true;
  #next = 0;
  #shown = false;

  constructor(quiet: boolean) {
    this.#quiet = quiet;
    if (!this.#terminal) this.#next = performance.now() + EACH_LINE;
  }

  /** @param share done, from 0 to 1; undefined where the total is unknown */
  show(what: string, share: number | undefined, detail: () => string): void {
    const now = performance.now();
    if (this.#quiet || now < this.#next) return;
    this.#next = now + (this.#terminal ? EACH_BAR : EACH_LINE);
    const parts = [what, ...(share === undefined ? [] : [this.#part(share)]), detail()];
    const line = parts.join('  ');
    if (this.#terminal) {
      process.stderr.write(`\r${line.slice(0, process.stderr.columns - 1)}\x1b[K`);
      this.#shown = true;
    } else process.stderr.write(`${line}\n`);
  }

  /** A line that stays. */
  say(line: string): void {
    this.clear();
    if (!this.#quiet) process.stderr.write(`${line}\n`);
  }

  /** A line that `--quiet` does not hide. */
  warn(line: string): void {
    this.clear();
    process.stderr.write(`edgebert: ${line}\n`);
  }

  /** Takes the bar away. */
  clear(): void {
    if (this.#shown) process.stderr.write('\r\x1b[K');
    this.#shown = false;
    if (this.#terminal) this.#next = 0;
  }

  #part(share: number): string {
    const percent = `${Math.floor(100 * share)} %`.padStart(5);
    if (!this.#terminal) return percent;
    const full = Math.floor(BAR * share);
    return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${percent}`;
  }
}

/** Seconds as `4.2 s`, and as `3:07` from a minute on. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

export function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}
