import type { Lap } from './protocol';

type Times = Pick<Lap, 'singleMs' | 'batchMs'>;

/** Nearer than this, the two are as fast as one machine can tell. */
const EVEN = 1.05;

/**
 * Who was faster, in words. One text and a call with many are told apart: how long transformers.js takes for
 * the latter depends on how much their lengths differ.
 *
 * @param tokens the lengths of the texts that both were given
 */
export function verdict(own: Times, peer: Times, tokens: readonly number[]): string {
  const [shortest, longest] = [Math.min(...tokens), Math.max(...tokens)];
  return (
    `On this device, ${compared(own.singleMs, peer.singleMs)} for one text. For ${tokens.length} texts of ` +
    `${shortest} to ${longest} tokens in one call, ${compared(own.batchMs, peer.batchMs)}. In such a call ` +
    `transformers.js pads every text to ${longest} tokens, so among texts of similar lengths the difference is smaller.`
  );
}

function compared(own: number, peer: number): string {
  const ratio = own < peer ? peer / own : own / peer;
  if (ratio < EVEN) return 'both are equally fast';
  return `${own < peer ? 'edgebert' : 'transformers.js'} is ${ratio.toFixed(1)} times as fast`;
}
