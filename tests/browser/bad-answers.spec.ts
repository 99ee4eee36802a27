// Servers that send something else than the model. Nothing of it may stay: the next load is right.
import { readFileSync } from 'node:fs';
import type { Answer } from './support/server';
import { encode, failureOf, loadInPage } from './support/models';
import { packedFile } from './support/paths';
import { expect, test } from './support/test';

const ADDRESS = '/shop/model.safetensors';
const packed = readFileSync(packedFile);

function flipped(at: number): Buffer {
  const bytes = Buffer.from(packed);
  bytes[at]! ^= 1;
  return bytes;
}

const body =
  (bytes: Buffer, type = 'application/octet-stream'): Answer =>
  (_, response) =>
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes);

interface Case {
  readonly what: string;
  readonly answer: Answer;
  readonly codes: readonly string[];
  /** Beside the address, which every message has. */
  readonly says: RegExp;
}

const page = Buffer.from('<!doctype html><title>Our shop</title>');
const CASES: Case[] = [
  { what: '404', answer: (_, response) => response.writeHead(404).end(), codes: ['network'], says: /404/ },
  { what: '403', answer: (_, response) => response.writeHead(403).end(), codes: ['network'], says: /403/ },
  {
    what: 'a web page',
    answer: body(page, 'text/html; charset=utf-8'),
    codes: ['network'],
    says: /text\/html/,
  },
  { what: 'a web page under a false name', answer: body(page), codes: ['network'], says: /web page/ },
  {
    what: 'a short file',
    answer: body(packed.subarray(0, packed.length >> 1)),
    codes: ['network', 'integrity', 'format'],
    says: /\d{4,}/,
  },
  {
    what: 'a long file',
    answer: body(Buffer.concat([packed, page])),
    codes: ['network', 'integrity', 'format'],
    says: /\d{4,}/,
  },
  {
    what: 'a flipped bit in the header',
    answer: body(flipped(300)),
    codes: ['integrity', 'format'],
    says: /./,
  },
  {
    what: 'a flipped bit in the weights',
    answer: body(flipped(packed.length - 5_000_000)),
    codes: ['integrity'],
    says: /./,
  },
];

for (const { what, answer, codes, says } of CASES) {
  test(`${what} instead of the model`, async ({ blank, server }) => {
    server.answer(ADDRESS, answer);
    const failure = await failureOf(
      blank,
      (edgebert, url) => edgebert.WasmModel.from_type(edgebert.MiniLML6V2, { url }),
      ADDRESS,
    );
    expect(failure.isEdgeBertError).toBe(true);
    expect(codes).toContain(failure.code);
    expect(failure.message).toContain(`${server.origin}${ADDRESS}`);
    expect(failure.message).toMatch(says);

    server.log.length = 0;
    server.answer(ADDRESS, body(packed));
    const [vector] = await encode(await loadInPage(blank, { url: ADDRESS }), ['Hello world']);
    expect(vector![0]).toBeCloseTo(-0.0344, 2);
    expect(
      server.log.some(({ path }) => path === ADDRESS),
      'nothing of the bad answer was kept',
    ).toBe(true);
  });
}
