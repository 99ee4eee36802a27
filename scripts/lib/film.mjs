// Recordings of a page, frame by frame.

/** Milliseconds of a frame: fifteen a second. */
const FRAME = 66;

/**
 * A page on film. Its clock stands still between the frames, so that a slow machine films what a fast one
 * does. What the page does in workers takes its own time, of which the film shows nothing.
 */
export class Film {
  #page;
  #clip;
  /** Pictures in PNG, each with how long it is shown. */
  #frames = [];

  constructor(page, clip) {
    this.#page = page;
    this.#clip = clip;
  }

  /** Stops the page's clock. `clip` is the part of the page that is filmed. */
  static async of(page, clip) {
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 1000);
    return new Film(page, clip);
  }

  /** Lets the page go on for so long. */
  async roll(ms) {
    for (let at = 0; at < ms; at += FRAME) {
      await this.#page.clock.runFor(FRAME);
      this.#add(await this.#page.screenshot({ clip: this.#clip }), FRAME);
    }
  }

  /** Shows the last picture for longer. */
  hold(ms) {
    this.#frames.at(-1).ms += ms;
  }

  /**
   * Types a text, a letter in each frame.
   *
   * @param settled waits until the page has done with what was typed
   */
  async type(text, settled) {
    for (const letter of text) {
      await this.#page.keyboard.type(letter);
      await settled();
      await this.roll(FRAME);
    }
  }

  /** @returns the film as an animated WebP. `sharp` is the library of this name. */
  toWebp(sharp, { quality }) {
    const pictures = this.#frames.map(({ png }) => png);
    return sharp(pictures, { join: { animated: true } })
      .webp({ quality, effort: 6, minSize: true, loop: 0, delay: this.#frames.map(({ ms }) => ms) })
      .toBuffer();
  }

  get ms() {
    return this.#frames.reduce((sum, { ms }) => sum + ms, 0);
  }

  #add(png, ms) {
    const last = this.#frames.at(-1);
    if (last?.png.equals(png)) last.ms += ms;
    else this.#frames.push({ png, ms });
  }
}
