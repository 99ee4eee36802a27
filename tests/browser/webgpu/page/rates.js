// Rates of a test's own: a clock that stands still but for what work is said to take.

/** Puts a clock in place of the platform's that only `advance(ms)` moves. */
export function standingClock() {
  let now = 1_000;
  performance.now = () => now;
  return {
    advance: (ms) => {
      now += ms;
    },
  };
}

/** Calls `told` with the number of tokens of each submit of an encoder. */
export function onSubmit(device, told) {
  const { queue } = device;
  const write = queue.writeBuffer.bind(queue);
  const submit = queue.submit.bind(queue);
  let tokens = 0;
  queue.writeBuffer = (buffer, offset, data) => {
    // The uniform `Batch`: how many tokens, and a stamp.
    if (data.length === 2) [tokens] = data;
    write(buffer, offset, data);
  };
  queue.submit = (commands) => {
    submit(commands);
    if (commands.length > 0) told(tokens);
  };
}
