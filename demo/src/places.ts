import mapUrl from '../collection/wordnet.map?url';
import { wrongFile } from './fetched';
import { keptFile } from './kept';

/** Two numbers of two bytes, and one of one byte. */
const BYTES_EACH = 5;

/**
 * The map of the words. It is a hundredth of what the words themselves take, so it is there long
 * before them.
 */
export class Places {
  readonly size: number;
  /** Two numbers from 0 to 1 for each entry: its place on the map. */
  readonly positions: Float32Array;
  /** The number of each entry's lexicographer file. */
  readonly fields: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.size = bytes.length / BYTES_EACH;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    // A loop, as the page waits for it: `Float32Array.from` takes several times as long.
    this.positions = new Float32Array(2 * this.size);
    for (let i = 0; i < this.positions.length; i++) {
      this.positions[i] = view.getUint16(2 * i, true) / 0xffff;
    }
    this.fields = bytes.subarray(4 * this.size);
  }

  /** @param size how many entries the collection has */
  static async load(size: number): Promise<Places> {
    const file = await keptFile(mapUrl, () => {});
    if (file.bytes.length !== size * BYTES_EACH) {
      await file.drop();
      throw wrongFile('the map');
    }
    void file.keep();
    return new Places(file.bytes);
  }
}

export { mapUrl };
