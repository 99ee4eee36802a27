const MODEL_OPTIONS = `  -m, --model <model>    a model's name, its id on the Hugging Face hub, a folder, or a
                         packed .safetensors file; all-MiniLM-L6-v2 by default
      --base-url <url>   address or folder that stands in for the default host
      --precision <p>    int8 (default) or f32
      --max-length <n>   longest text in word pieces; the rest of a text is cut off
      --prompt <name>    puts one of the model's prompts, such as query, before each text
      --dimension <n>    keeps the first numbers of each vector only`;

export const USAGE = `edgebert: text embeddings on this machine

  edgebert embed --input lines.txt --output vectors.npy
  edgebert similarity "a text" "another text"
  edgebert pack <folder or hub id> --output model.safetensors

  edgebert <command> --help   says more of a command
  edgebert --version

Models are kept in the user's cache folder; EDGEBERT_CACHE names another one.
`;

export const EMBED_USAGE = `edgebert embed: a vector for each line

  edgebert embed --input lines.txt --output vectors.npy
  cat lines.txt | edgebert embed > vectors.jsonl

  -i, --input <file>     UTF-8 text, one text a line; - or nothing is the standard input
  -o, --output <file>    .npy (float32, one row a line) or .jsonl; - or nothing is the
                         standard output, as JSON lines
      --format <format>  npy or jsonl, where the file's name doesn't say
      --no-text          leaves the texts out of JSON lines
      --no-normalize     leaves the vectors as long as they are
${MODEL_OPTIONS}
      --workers <n>      threads; by default one a core, at most 4
  -q, --quiet            no progress

An empty line is an empty text and has a vector too. The output appears under its name
when it is whole.
`;

export const SIMILARITY_USAGE = `edgebert similarity: the cosine of two texts' vectors, from -1 to 1

  edgebert similarity "How do I reset my password?" "I forgot my login details"

${MODEL_OPTIONS}
  -q, --quiet            no progress
`;

export const PACK_USAGE = `edgebert pack: original weights to one int8 file, which loads quicker

  edgebert pack BAAI/bge-small-en-v1.5 --output bge-small.safetensors
  edgebert pack ./my-model --output my-model.safetensors

  -o, --output <file>    where the packed file goes; - is the standard output
      --base-url <url>   address or folder that stands in for the hub
  -q, --quiet            no progress

The folder has model.safetensors and, beside it, config.json, tokenizer.json and what
else the model came with.
`;
