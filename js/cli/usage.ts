const MODEL_OPTIONS = `  -m, --model <model>    a model's name, its id on the Hugging Face hub, a folder, or a
                         packed .safetensors file; all-MiniLM-L6-v2 by default
      --base-url <url>   URL or folder that replaces the default host
      --precision <p>    int8 (default), compact or f32
      --max-length <n>   longest text in tokens; the rest of a text is cut off
      --prompt <name>    prepends one of the model's prompts, such as query, to each text
      --dimension <n>    truncates vectors to their first n numbers`;

export const USAGE = `edgebert: text embeddings on this machine

  edgebert embed --input lines.txt --output vectors.npy
  edgebert similarity "a text" "another text"
  edgebert pack <folder or hub id> --output model.safetensors
  edgebert index --input docs.jsonl --id-field id --output docs.index
  edgebert merge part-1.index part-2.index --output all.index
  edgebert download MiniLML6V2 --output public/models
  edgebert serve --port 8756

  edgebert <command> --help   options of a command
  edgebert --version

Models are cached in the user's cache folder; EDGEBERT_CACHE names another one.
Exit codes: 0 done, 1 failed, 2 wrong usage, 128 + n ended by signal n.
`;

export const EMBED_USAGE = `edgebert embed: a vector for each text

  edgebert embed --input lines.txt --output vectors.npy
  edgebert embed --input docs.jsonl --text-field body --id-field id --output docs.parquet
  cat lines.txt | edgebert embed > vectors.jsonl

Input
  -i, --input <path>     a file or a folder, any number of times; - or nothing is the standard
                         input. .txt (a text a line), .jsonl, .csv, .tsv, .parquet; the first
                         four also as .gz and .zst
      --input-format <f> lines, jsonl, csv, tsv or parquet, where the name does not say
      --text-field <f>   field with the text (default: text)
      --id-field <f>     field with the id; other fields are copied to the output
      --invalid <what>   for bytes that are not UTF-8, lines that are not JSON, rows of CSV with
                         more or fewer fields than the first and records without a text or an
                         id: fail (default), skip or replace

Output
  -o, --output <file>    .npy, .jsonl, .f32, .i8, .arrow or .parquet; - or nothing is the
                         standard output, as JSON lines
      --format <format>  npy, jsonl, f32 and int8 (bare rows), arrow or parquet, where the
                         name does not say
      --vector-field <f> field for the vector (default: vector); one of the input that has
                         this name is left out
      --no-text          leaves the texts out
      --no-normalize     does not L2-normalize the vectors
      --shards <n>       n files of equal size: out-00000.npy, out-00001.npy ...
      --shard-rows <n>   a new file after every n rows
      --append           adds the rows to an existing file
      --resume           continues an interrupted job: the same command, with --resume

Model
${MODEL_OPTIONS}
      --workers <n>      threads; by default one a core, at most 4
  -q, --quiet            no progress

An empty line is an empty text and has a vector too. Rows are written in the order of the
input. A file appears under its name when it is whole; until then it is <file>.partial.
CSV needs the npm package csv-parse, Parquet input hyparquet and hyparquet-compressors, Arrow
output apache-arrow, Parquet output apache-arrow and parquet-wasm.

Exit codes: 0 done, 1 failed (what was done can be resumed), 2 wrong usage,
128 + n ended by signal n.
`;

export const SIMILARITY_USAGE = `edgebert similarity: the cosine of two texts' vectors, from -1 to 1

  edgebert similarity "How do I reset my password?" "I forgot my login details"

${MODEL_OPTIONS}
  -q, --quiet            no progress
`;

export const PACK_USAGE = `edgebert pack: original weights to one file, which loads faster

  edgebert pack BAAI/bge-small-en-v1.5 --output bge-small.safetensors
  edgebert pack ./my-model --output my-model.safetensors
  edgebert pack ./my-model --size 12 --calibration texts.txt --output small.safetensors

  -o, --output <file>    where the packed file goes; - is the standard output
      --size <MB>        makes a compact file of at most this size instead of an int8 file
      --calibration <file>
                         UTF-8 text, one text per line, of the kind that the model is for. An
                         int8 file is calibrated with sentences of this package otherwise; with
                         a thousand texts, a compact file comes closer to the original. none
                         packs without, in seconds, and an int8 file is then slower to run
      --vocabulary-for <file>
                         UTF-8 text that the model is to be used for: the file has no more of
                         the vocabulary than it needs; may be given several times
      --base-url <url>   URL or folder that replaces the hub
  -q, --quiet            no progress

The folder holds model.safetensors with config.json, tokenizer.json and the model's other
files beside it.
`;

export const DOWNLOAD_USAGE = `edgebert download: a model for your own site to serve

  edgebert download MiniLML6V2 --output public/models

  -o, --output <folder>  gets <model name>/model-int8.safetensors, which is where
                         \`baseUrl: '/models'\` looks for it
      --base-url <url>   URL or folder that replaces the hub
  -q, --quiet            no progress
`;

export const SERVE_USAGE = `edgebert serve: an HTTP server for this machine, with OpenAI's interface

  edgebert serve --port 8756
  curl http://127.0.0.1:8756/v1/embeddings -H 'content-type: application/json' \\
    -d '{"input": ["Hello world"], "model": "all-MiniLM-L6-v2"}'

  POST /v1/embeddings    input, dimensions, encoding_format; prompt names a prompt
  POST /v1/rerank        query, documents, top_n, return_documents (with --reranker)
  GET  /v1/models, /health, /metrics (Prometheus)

      --reranker <model> a cross-encoder, such as ms-marco-MiniLM-L6-v2
  -p, --port <n>         default 8756; 0 takes any free one
      --host <name>      default 127.0.0.1. There is no authentication and no TLS: keep it
                         on this machine
      --workers <n>      threads; by default one a core, at most 4
      --max-requests <n> requests worked on at a time (default 256); more get 503
  -m, --model <model>    as for embed; also --base-url, --precision and --max-length
  -q, --quiet            no progress

SIGINT and SIGTERM end it once the requests that it has accepted are answered.
`;

export const INDEX_USAGE = `edgebert index: a file that a page searches

  edgebert index --input docs.jsonl --text-field body --id-field id --output docs.index
  edgebert index --input docs.parquet --id-field id --vector-field vector --output docs.index
  edgebert index --documents --input docs.jsonl --id-field id --output docs.index

By default every record is one entry of a SearchIndex (SearchIndex.fetch, fromBytes). With
--documents, records are whole documents of a SemanticSearch (open with from, fromBytes): long
texts are cut into passages.

  -i, --input <path>     as for embed, with --input-format, --text-field and --invalid
      --id-field <f>     field with the id; without it the records are numbered from 0
      --vector-field <f> field with ready vectors: nothing is encoded
  -o, --output <file>    the index: vectors, ids, texts, and the other fields as metadata
      --index-precision <p>  int8 (default) or f32: how the index stores vectors
      --no-text          leaves the texts out
      --documents        documents with passages; their vectors are int8 and whole
      --title-field <f>  with --documents: field with the title, which is searched too
${MODEL_OPTIONS}
      --workers <n>      threads; by default one a core, at most 4
  -q, --quiet            no progress

Exit codes: 0 done, 1 failed, 2 wrong usage, 128 + n ended by signal n.
`;

export const MERGE_USAGE = `edgebert merge: several index files as one

  edgebert merge part-1.index part-2.index --output all.index

  -o, --output <file>    the joined index; entries keep the order of the files
      --replace          of two entries with one id, keeps the later; otherwise they are an error
                         and nothing is written
  -q, --quiet            no progress
`;
