/** Upper bounds of the latency histogram's buckets, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Latency {
  /** Requests within each bucket and none below it. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/** What the server has done, in Prometheus' text format. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #latencies = new Map<string, Latency>();
  #texts = 0;
  #tokens = 0;

  /** A request that was answered; 499 stands for a client that left. */
  answered(route: string, status: number, seconds: number): void {
    const key = `route="${route}",status="${status}"`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    let latency = this.#latencies.get(route);
    if (!latency) this.#latencies.set(route, (latency = { counts: BUCKETS.map(() => 0), sum: 0, count: 0 }));
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) latency.counts[bucket]!++;
    latency.sum += seconds;
    latency.count++;
  }

  encoded(texts: number, tokens: number): void {
    this.#texts += texts;
    this.#tokens += tokens;
  }

  /** @param gauges values of this moment, by name and help text */
  text(gauges: readonly { readonly name: string; readonly help: string; readonly value: number }[]): string {
    const lines: string[] = [];
    const begin = (name: string, type: string, help: string) =>
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);

    begin('edgebert_requests_total', 'counter', 'Requests answered, by route and HTTP status.');
    for (const [labels, count] of this.#requests) lines.push(`edgebert_requests_total{${labels}} ${count}`);
    begin('edgebert_request_seconds', 'histogram', 'Time from a request to its answer.');
    for (const [route, { counts, sum, count }] of this.#latencies) {
      let below = 0;
      BUCKETS.forEach((bound, i) => {
        below += counts[i]!;
        lines.push(`edgebert_request_seconds_bucket{route="${route}",le="${bound}"} ${below}`);
      });
      lines.push(`edgebert_request_seconds_bucket{route="${route}",le="+Inf"} ${count}`);
      lines.push(`edgebert_request_seconds_sum{route="${route}"} ${sum}`);
      lines.push(`edgebert_request_seconds_count{route="${route}"} ${count}`);
    }
    begin('edgebert_texts_total', 'counter', 'Texts encoded or scored.');
    lines.push(`edgebert_texts_total ${this.#texts}`);
    begin('edgebert_tokens_total', 'counter', 'Tokens of the encoded texts.');
    lines.push(`edgebert_tokens_total ${this.#tokens}`);
    for (const { name, help, value } of gauges) {
      begin(name, 'gauge', help);
      lines.push(`${name} ${value}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
