//! The names of the small files beside a model's weights.

/// The shape of the encoder.
pub const CONFIG: &str = "config.json";
/// The tokenizer, whole.
pub const TOKENIZER: &str = "tokenizer.json";
/// The vocabulary of a tokenizer without [`TOKENIZER`], a piece a line.
pub const VOCABULARY: &str = "vocab.txt";
/// The tokenizer's options in `transformers`.
pub const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
/// sentence-transformers' list of modules.
pub const MODULES: &str = "modules.json";
/// The pooling of a model that comes without a list of its modules.
pub const POOLING: &str = "1_Pooling/config.json";
/// What the path of a module's file ends with.
pub const MODULE_CONFIG: &str = "/config.json";
/// Where sentence-transformers keeps the maximum length.
pub const SENTENCE_BERT: &str = "sentence_bert_config.json";
/// Where sentence-transformers keeps prompts, and a cross-encoder's function.
pub const SENTENCE_TRANSFORMERS: &str = "config_sentence_transformers.json";
