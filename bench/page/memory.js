// Counts every WebAssembly memory that a library makes: load this before the library.
const memories = new Set();
const { Memory } = WebAssembly;

WebAssembly.Memory = class extends Memory {
  constructor(descriptor) {
    super(descriptor);
    memories.add(this);
  }
};

for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...args) => {
    const result = await original(...args);
    for (const exported of Object.values((result.instance ?? result).exports)) {
      if (exported instanceof Memory) memories.add(exported);
    }
    return result;
  };
}

/** Bytes of all WebAssembly memories of this page. */
export function memoryBytes() {
  return [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}
