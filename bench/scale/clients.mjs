// edgebert serve under many clients, and how it ends.
import { once } from 'node:events';
import { request } from 'node:http';
import { wordnetTexts } from '../../scripts/lib/wordnet.mjs';
import { say, Stop } from '../../scripts/lib/say.mjs';
import { memoryReport, minilm, start, threadTimes } from './process.mjs';

const WORKERS = 2;

export async function measureClients({ clients, seconds }) {
  const args = ['serve', '--model', minilm, '--port', '0', '--workers', String(WORKERS)];
  const { child, ended, memory, printed } = start(args);
  while (!/http:\/\/\S+/.test(printed())) await Promise.race([once(child.stderr, 'data'), failed(ended)]);
  const [address] = /http:\/\/\S+/.exec(printed());
  const texts = wordnetTexts();
  const times = [];
  const errors = [];
  let [asked, answered, stopping] = [0, 0, false];
  const until = performance.now() + 1000 * seconds;

  const client = async (own) => {
    for (let i = own; !stopping; i += clients) {
      const began = performance.now();
      asked++;
      try {
        const { status } = await post(`${address}/v1/embeddings`, { input: texts[i % texts.length] });
        if (status !== 200) errors.push(`status ${status}`);
        answered++;
        times.push(performance.now() - began);
      } catch (error) {
        // Once it was told to end, new connections are refused; what it has accepted is answered.
        if (!stopping || error.code !== 'ECONNREFUSED') errors.push(error.message);
        else asked--;
      }
    }
  };
  const all = Array.from({ length: clients }, (_, own) => client(own));
  await new Promise((resolve) => setTimeout(resolve, until - performance.now()));
  const busy = threadTimes(child.pid).slice(0, WORKERS);
  stopping = true;
  const told = performance.now();
  child.kill('SIGTERM');
  const { code } = await ended;
  const end = performance.now() - told;
  await Promise.all(all);

  times.sort((one, other) => one - other);
  const at = (share) => `${times[Math.floor(share * (times.length - 1))].toFixed(0)} ms`;
  say(`${clients} clients, ${seconds} s: ${answered} answers, ${(answered / seconds).toFixed(0)} a second`);
  say(`p50 ${at(0.5)}, p99 ${at(0.99)}; memory: ${memoryReport(memory)}`);
  say(`CPU time of the two busiest threads: ${busy.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', ')}`);
  say(
    `SIGTERM: ended after ${end.toFixed(0)} ms with code ${code}; ${asked - answered} requests without an answer`,
  );
  if (errors.length > 0) throw new Stop(`${errors.length} errors.`, errors.slice(0, 5).join('\n'));
}

async function failed(ended) {
  throw new Stop('edgebert serve ended.', (await ended).output);
}

function post(url, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      (answer) => {
        answer.on('error', reject).on('end', () => resolve({ status: answer.statusCode }));
        answer.resume();
      },
    );
    sent.on('error', reject).end(JSON.stringify(body));
  });
}
