// What an editor shows over the published declarations, asked of the language server that TypeScript brings
// along.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Never written: the server is told what is in it. */
const uri = pathToFileURL(join(root, 'hover.mts')).href;
const PROGRAM = `
import { MiniLML6V2, WasmModel, WorkerModel } from 'edgebert';
import { SearchIndex, SemanticSearch } from 'edgebert/search';
const wasm = await WasmModel.from_type(MiniLML6V2);
const inWorker = await WorkerModel.from_type(MiniLML6V2);
wasm.encode(['a text']);
await inWorker.encode(['a text']);
const index = new SearchIndex({ dimension: 384 });
index.search(wasm.encode(['a text']));
const notes = await SemanticSearch.open('notes');
await notes.search('a text');
`;

let server;
const waiting = new Map();
let received = Buffer.alloc(0);

function send(message) {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

function ask(method, params) {
  const id = waiting.size + 1;
  return new Promise((resolve, reject) => {
    waiting.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result)));
    send({ id, method, params });
  });
}

function receive(message) {
  // The server's own questions, such as for settings, have no answer here.
  if (message.method) {
    if (message.id !== undefined) send({ id: message.id, result: null });
  } else waiting.get(message.id)(message);
}

function read(bytes) {
  received = Buffer.concat([received, bytes]);
  for (;;) {
    const head = received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(received.subarray(0, head))[1]);
    if (received.length < head + 4 + length) return;
    const message = received.subarray(head + 4, head + 4 + length);
    received = received.subarray(head + 4 + length);
    receive(JSON.parse(message));
  }
}

before(async () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  server = spawn(process.execPath, [tsc, '--lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
  server.stdout.on('data', read);
  const hover = { contentFormat: ['markdown'] };
  const capabilities = { textDocument: { hover } };
  await ask('initialize', { processId: process.pid, rootUri: pathToFileURL(root).href, capabilities });
  send({ method: 'initialized', params: {} });
  const textDocument = { uri, languageId: 'typescript', version: 1, text: PROGRAM };
  send({ method: 'textDocument/didOpen', params: { textDocument } });
});
after(() => server.kill());

/** What the editor shows over the method in the program's line that has `call` in it. */
async function hover(call) {
  const lines = PROGRAM.split('\n');
  const line = lines.findIndex((text) => text.includes(call));
  const character = lines[line].indexOf(call) + call.indexOf('.') + 1;
  const { contents } = await ask('textDocument/hover', {
    textDocument: { uri },
    position: { line, character },
  });
  // Comments are wrapped where the source is.
  return contents.value.replace(/\s+/g, ' ');
}

for (const [call, ...shown] of [
  [
    'wasm.encode(',
    'Float32Array',
    'texts.length × dimension',
    '(default true)',
    'TypeError',
    'RangeError',
    '`state`',
  ],
  [
    'inWorker.encode(',
    'Promise<Float32Array>',
    'texts.length × dimension',
    '(default true)',
    'TypeError',
    'RangeError',
    '`worker-lost`',
    'options.signal.reason',
  ],
  ['WasmModel.from_type(', 'Promise<WasmModel>', '`network`', '`integrity`', '`unsupported`'],
  ['WorkerModel.from_type(', 'Promise<WorkerModel>', '`network`', '`integrity`', '`unsupported`'],
  ['index.search(', 'SearchResult[]', 'TypeError', 'RangeError'],
  ['SemanticSearch.open(', 'Promise<SemanticSearch', '`state`'],
  ['notes.search(', 'SemanticSearchResult[]', 'TypeError', 'RangeError'],
]) {
  test(`an editor over ${call}…): ${shown.join(', ')}`, async () => {
    const text = await hover(call);
    for (const part of shown) assert.ok(text.includes(part), `${part} is missing in: ${text}`);
  });
}
