"""Writes tests/fixtures/models/: small models with random weights, one for each way that a BERT comes in.

Their weights are random but seeded, so every run gives the same bytes; `transformers` and
`sentence-transformers` write the files and give the answers. Weights are wide, so that attention,
activations and every bias leave their mark on the result.

Usage: python make_models.py [group…], for all or for some of `embedders`, `older_layouts`, `cross_encoders`,
`other_encoders` and `static_models`
"""

import json
import os
import shutil
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import torch
from model2vec import StaticModel
from safetensors.torch import load_file, save_file
from sentence_transformers import CrossEncoder, SentenceTransformer, models
from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers, processors, trainers
from tokenizers.models import BPE, WordPiece
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    DistilBertModel,
    ModernBertConfig,
    ModernBertModel,
    MPNetConfig,
    MPNetForSequenceClassification,
    MPNetModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
    RobertaModel,
)

OUT = Path(__file__).parent.parent / "fixtures" / "models"

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["hello", "world", "how", "are", "you", "a", "cat", "sat", "on", "the", "mat", "un", "do", "query", ":", "hat"]
CASED = ["Hello", "World", "Cat", "Caf", "é", "The"]
PIECES = ["##s", "##ting", "##do", "##able", "##e", "##at", "##é"]
SIGNS = [",", ".", "!", "?", "'", "1", "2"]
VOCABULARY = SPECIALS + WORDS + CASED + PIECES + SIGNS

TEXTS = [
    "Hello world",
    "",
    "A Cat's café, undoable!",
    "you [PAD] are xyz",
    "the cat sat on the mat. the cats sat on the mats. how are the cats, 1 or 2?",
]
PAIRS = [
    ("how are you?", "The cat sat on the mat."),
    ("", "Hello"),
    ("the cat sat on the mat, the cat sat on the hat", "a hat"),
    ("a cat", "the cat sat on the mat. the cats sat on the mats. how are the cats, 1 or 2?"),
]


def tokenizer(length: int, lower: bool = True) -> PreTrainedTokenizerFast:
    ids = {piece: i for i, piece in enumerate(VOCABULARY)}
    fast = Tokenizer(WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    fast.normalizer = normalizers.BertNormalizer(lowercase=lower)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    inputs = ["input_ids", "token_type_ids", "attention_mask"]
    return PreTrainedTokenizerFast(tokenizer_object=fast, model_max_length=length, model_input_names=inputs, **names)


def widen(module: torch.nn.Module) -> None:
    """Random weights of a size that lets every part of the model show."""
    for name, parameter in module.named_parameters():
        with torch.no_grad():
            if "norm" in name.lower():
                parameter.copy_(torch.randn_like(parameter) * 0.2 + (1 if name.endswith("weight") else 0))
            elif "embeddings" in name:
                parameter.copy_(torch.randn_like(parameter) * (0.5 if "word" in name else 0.2))
            elif parameter.dim() == 2:
                parameter.copy_(torch.randn_like(parameter) * 1.2 / parameter.shape[1] ** 0.5)
            else:
                parameter.copy_(torch.randn_like(parameter) * 0.2)


def shape(hidden: int, heads: int, layers: int, feed_forward: int, **rest) -> dict:
    return dict(
        vocab_size=rest.pop("vocab_size", len(VOCABULARY)),
        hidden_size=hidden,
        num_attention_heads=heads,
        num_hidden_layers=layers,
        intermediate_size=feed_forward,
        max_position_embeddings=24,
        **rest,
    )


def distil(hidden: int, heads: int, layers: int, feed_forward: int, **rest) -> DistilBertConfig:
    return DistilBertConfig(
        vocab_size=len(VOCABULARY),
        dim=hidden,
        n_heads=heads,
        n_layers=layers,
        hidden_dim=feed_forward,
        max_position_embeddings=24,
        **rest,
    )


def encoder(
    name: str, kind: type, config, length: int = 20, lower: bool = True, half: bool = True, fast=None
) -> Path:
    """A folder with the encoder and its tokenizer, as `transformers` saves them; mostly in half floats, for their size."""
    folder = OUT / name
    torch.manual_seed(sum(name.encode()))
    headless = {"add_pooling_layer": False} if kind in (BertModel, RobertaModel, MPNetModel) else {}
    model = kind(config, **headless).eval()
    widen(model)
    (model.half() if half else model).save_pretrained(folder)
    (fast or tokenizer(length, lower)).save_pretrained(folder)
    return folder


def rewrite(folder: Path, change, file: str = "model.safetensors") -> None:
    """Changes the tensors of a file."""
    tensors = change(load_file(folder / file))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / file, metadata={"format": "pt"})


def edit(folder: Path, file: str, change) -> None:
    path = folder / file
    value = json.loads(path.read_text()) if path.exists() else {}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(change(value)))


def pipeline(folder: Path, pooling, *more, length: int = 16, prompts=None, default=None, **options) -> None:
    """Puts sentence-transformers' modules behind an encoder and saves the whole in its place."""
    torch.manual_seed(7)
    transformer = models.Transformer(str(folder), max_seq_length=length)
    width = transformer.get_embedding_dimension()
    modules = [transformer, models.Pooling(width, pooling_mode=pooling, **options), *more]
    for module in more:
        widen(module)
    # It asks the model for an example of its vectors, which runs it once.
    whole = SentenceTransformer(modules=modules, device="cpu", prompts=prompts, default_prompt_name=default)
    whole.save_pretrained(str(folder), create_model_card=False)


def numbers(values) -> list[float]:
    return [float(f"{x:.9g}") for x in values.flatten().tolist()]


def expect_vectors(folder: Path, texts=TEXTS) -> None:
    """What the model answers, before any norm at its end."""
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True).float().eval()
    modules = list(model)
    if type(modules[-1]).__name__ == "Normalize":
        modules = modules[:-1]
    cases = []
    for text in texts:
        features = model.tokenize([text])
        for module in modules:
            with torch.no_grad():
                features = module(features)
        cases.append({"text": text, "vector": numbers(features["sentence_embedding"][0])})
    prompted = []
    for name, prompt in model.prompts.items():
        if not prompt:
            continue
        with torch.no_grad():
            vector = model.encode(TEXTS[0], prompt=prompt, convert_to_tensor=True)
        prompted.append({"prompt": prompt, "text": TEXTS[0], "unit": numbers(torch.nn.functional.normalize(vector, dim=0))})
    # A static model has no limit.
    most = min(model.max_seq_length, 2**31 - 1)
    write(folder, {"maxLength": most, "cases": cases, "prompted": prompted})


def expect_scores(folder: Path) -> None:
    model = CrossEncoder(str(folder), device="cpu", local_files_only=True).float()
    cases = []
    for query, document in PAIRS:
        scores = model.predict([(query, document)], convert_to_tensor=True)
        cases.append({"query": query, "document": document, "scores": numbers(scores)})
    write(folder, {"maxLength": model.max_seq_length, "labels": model.num_labels, "pairs": cases})


def write(folder: Path, expected: dict) -> None:
    (folder / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, separators=(",", ":")) + "\n")
    for name in ("README.md", "special_tokens_map.json"):
        (folder / name).unlink(missing_ok=True)
    for path in folder.rglob("*.json"):
        if path.name != "expected.json":
            path.write_text(json.dumps(json.loads(path.read_text()), ensure_ascii=False, separators=(",", ":")) + "\n")


def embedders() -> None:
    # One for each pooling and activation, with all sizes: multiples of 128 and 16, and none.
    plain = [
        ("cls-gelu", "cls", shape(64, 4, 1, 36, hidden_act="gelu")),
        ("mean-gelu-new", "mean", shape(48, 8, 1, 52, hidden_act="gelu_new")),
        ("max-relu", "max", shape(32, 2, 3, 20, hidden_act="relu")),
        ("sqrt-silu", "mean_sqrt_len_tokens", shape(32, 4, 4, 20, hidden_act="silu")),
        ("weighted-tanh", "weightedmean", shape(36, 2, 1, 50, hidden_act="gelu_pytorch_tanh", type_vocab_size=3)),
        ("last", "lasttoken", shape(128, 8, 1, 20, layer_norm_eps=1e-5)),
        ("several", ("mean", "cls", "max"), shape(20, 2, 1, 24)),
    ]
    for name, pooling, config in plain:
        folder = encoder(name, BertModel, BertConfig(**config))
        pipeline(folder, pooling)
        expect_vectors(folder)

    folder = encoder("dense", BertModel, BertConfig(**shape(32, 2, 1, 40)), half=False)
    dense = [
        models.Dense(32, 44, activation_function=torch.nn.Tanh()),
        models.Normalize(),
        models.Dense(44, 12, bias=False, activation_function=torch.nn.Identity()),
        models.Normalize(),
    ]
    pipeline(folder, "mean", *dense, prompts={"query": "query: ", "none": ""})
    expect_vectors(folder)
    folder = encoder("dense-functions", BertModel, BertConfig(**shape(24, 2, 1, 24)))
    functions = [torch.nn.GELU(), torch.nn.ReLU(), torch.nn.SiLU(), torch.nn.Sigmoid()]
    widths = [24, 20, 17, 19, 9]
    dense = [models.Dense(a, b, activation_function=f) for a, b, f in zip(widths, widths[1:], functions)]
    pipeline(folder, "mean", *dense)
    expect_vectors(folder)

    # A prompt that pooling passes over, and that is the default.
    folder = encoder("prompt", BertModel, BertConfig(**shape(32, 4, 1, 24)))
    pipeline(folder, "weightedmean", prompts={"query": "query: "}, default="query", include_prompt=False)
    expect_vectors(folder)

    # Half floats and names with what frameworks put before them.
    folder = encoder("f16", BertModel, BertConfig(**shape(64, 2, 1, 40, vocab_size=len(VOCABULARY) + 3)))
    pipeline(folder, "mean")
    rewrite(folder, lambda tensors: {f"bert.{name}": tensor for name, tensor in tensors.items()})
    expect_vectors(folder)
    folder = encoder("bf16", BertModel, BertConfig(**shape(32, 2, 1, 24)), half=False)
    pipeline(folder, "mean")
    rewrite(folder, lambda tensors: {name: tensor.bfloat16() for name, tensor in tensors.items()})
    edit(folder, "config.json", lambda config: config | {"dtype": "bfloat16"})
    expect_vectors(folder)
    folder = encoder("early-names", BertModel, BertConfig(**shape(32, 2, 1, 24)), half=False)
    expect_vectors(folder)
    early = lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    rewrite(folder, lambda tensors: {f"0.auto_model.{early(name)}": tensor for name, tensor in tensors.items()})

    # Weights in several files.
    folder = encoder("shards", BertModel, BertConfig(**shape(32, 2, 2, 24)))
    pipeline(folder, "cls", models.Dense(32, 10))
    model = BertModel.from_pretrained(folder, add_pooling_layer=False)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="5KB")
    expect_vectors(folder)

    # BERT in other wrappings.
    folder = encoder("distilbert", DistilBertModel, distil(64, 4, 1, 28, activation="gelu"))
    rewrite(folder, lambda tensors: {f"distilbert.{name}": tensor for name, tensor in tensors.items()})
    pipeline(folder, "mean")
    expect_vectors(folder)
    roberta = dict(pad_token_id=0, type_vocab_size=1)
    folder = encoder("roberta", RobertaModel, RobertaConfig(**shape(32, 2, 2, 24, **roberta)))
    pipeline(folder, "mean")
    expect_vectors(folder)

    # Capital letters that count, and those that sentence_bert_config.json makes small.
    folder = encoder("cased", BertModel, BertConfig(**shape(32, 2, 1, 24)), lower=False)
    pipeline(folder, "mean", length=11)
    expect_vectors(folder)
    folder = encoder("lowered", BertModel, BertConfig(**shape(32, 2, 1, 24)), lower=False)
    pipeline(folder, "mean")
    edit(folder, "sentence_bert_config.json", lambda config: {"max_seq_length": 9, "do_lower_case": True})
    expect_vectors(folder)

    # The files of older versions, vocab.txt alone among them.
    folder = encoder("old-files", BertModel, BertConfig(**shape(32, 2, 1, 24)))
    pipeline(folder, "mean", models.Dense(32, 16))
    kinds = {"Transformer": "Transformer", "Pooling": "Pooling", "Dense": "Dense"}
    old = lambda kind: f"sentence_transformers.models.{kinds[kind.rsplit('.')[-1]]}"
    edit(folder, "modules.json", lambda modules: [m | {"type": old(m["type"])} for m in modules])
    flags = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
    chosen = {f"pooling_mode_{flag}": flag in ("max_tokens", "mean_sqrt_len_tokens") for flag in flags}
    edit(folder, "1_Pooling/config.json", lambda _: {"word_embedding_dimension": 32, **chosen})
    edit(folder, "sentence_bert_config.json", lambda _: {"max_seq_length": 12, "do_lower_case": False})
    dense = {"in_features": 64, "out_features": 16, "bias": True}
    edit(folder, "2_Dense/config.json", lambda _: dense | {"activation_function": "torch.nn.modules.activation.Tanh"})
    wide = (torch.randn(16, 64, generator=torch.Generator().manual_seed(3)) / 8).half()
    rewrite(folder, lambda tensors: tensors | {"linear.weight": wide}, "2_Dense/model.safetensors")
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    edit(folder, "tokenizer_config.json", lambda _: {"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    expect_vectors(folder)


def older_layouts() -> None:
    # The flags in tokenizer_config.json, which win over tokenizer.json where the class is BERT's.
    folder = encoder("flags", BertModel, BertConfig(**shape(32, 2, 1, 24)))
    pipeline(folder, "mean")
    flags = {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "strip_accents": True}
    edit(folder, "tokenizer_config.json", lambda config: config | flags)
    expect_vectors(folder)

    # The encoder in a folder of its own, and its length in a file that is named after it.
    folder = encoder("in-folder", DistilBertModel, distil(32, 2, 1, 24))
    pipeline(folder, "mean", length=9)
    inside = folder / "0_Transformer"
    inside.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).rename(inside / name)
    (folder / "sentence_bert_config.json").unlink()
    (inside / "sentence_distilbert_config.json").write_text('{"max_seq_length": 9, "do_lower_case": false}')
    edit(folder, "modules.json", lambda modules: [modules[0] | {"path": inside.name}, *modules[1:]])
    expect_vectors(folder)

    # Pairs without token types, for a model that has them.
    folder = encoder("cross-untyped", BertForSequenceClassification, BertConfig(**shape(32, 2, 1, 24, num_labels=1)))
    edit(folder, "tokenizer_config.json", lambda config: config | {"model_input_names": ["input_ids", "attention_mask"]})
    expect_scores(folder)


def cross_encoders() -> None:
    pooled = dict(num_labels=1)
    cases = [
        ("cross-one", BertForSequenceClassification, BertConfig(**shape(64, 4, 1, 40, **pooled)), None),
        ("cross-identity", BertForSequenceClassification, BertConfig(**shape(32, 2, 1, 24, **pooled)), "linear.Identity"),
        ("cross-three", BertForSequenceClassification, BertConfig(**shape(32, 2, 1, 24, num_labels=3)), None),
        ("cross-distilbert", DistilBertForSequenceClassification, distil(32, 2, 1, 24, num_labels=3), "activation.Sigmoid"),
        (
            "cross-roberta",
            RobertaForSequenceClassification,
            RobertaConfig(**shape(32, 2, 1, 24, num_labels=1, pad_token_id=0, type_vocab_size=2)),
            None,
        ),
    ]
    for name, kind, config, function in cases:
        folder = encoder(name, kind, config)
        if function:
            path = {"activation_fn": f"torch.nn.modules.{function}"}
            key, value = ("sentence_transformers", path) if "distil" in name else (
                "sbert_ce_default_activation_function",
                path["activation_fn"],
            )
            edit(folder, "config.json", lambda config: config | {key: value})
        expect_scores(folder)
    # As sentence-transformers 6 saves it.
    folder = encoder("cross-saved", BertForSequenceClassification, BertConfig(**shape(32, 2, 1, 24, **pooled)))
    saved = CrossEncoder(str(folder), device="cpu", max_length=14, activation_fn=torch.nn.Identity())
    saved.save_pretrained(str(folder))
    expect_scores(folder)


# Longer than MPNet's buckets and ModernBERT's windows reach.
LONG_TEXTS = [*TEXTS, " ".join(WORDS[i * i % 13] for i in range(150)), " ".join(WORDS[i * 7 % 11] for i in range(40))]


def mpnet_tokenizer(length: int) -> PreTrainedTokenizerFast:
    """BERT's word pieces between Roberta's special tokens, as MPNet has them."""
    own = ["<s>", "<pad>", "</s>", "<unk>", *VOCABULARY[len(SPECIALS) :], "[UNK]", "<mask>"]
    ids = {piece: i for i, piece in enumerate(own)}
    fast = Tokenizer(WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    fast.normalizer = normalizers.BertNormalizer(lowercase=True)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.post_processor = processors.RobertaProcessing(
        ("</s>", ids["</s>"]), ("<s>", ids["<s>"]), trim_offsets=True, add_prefix_space=False
    )
    mask = AddedToken("<mask>", lstrip=True)
    names = {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "[UNK]"}
    names |= {"pad_token": "<pad>", "mask_token": mask}
    inputs = ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(tokenizer_object=fast, model_max_length=length, model_input_names=inputs, **names)


def byte_tokenizer(length: int) -> PreTrainedTokenizerFast:
    """ModernBERT's: BPE of bytes, with Roberta's idea of special tokens under BERT's names."""
    fast = Tokenizer(BPE())
    fast.normalizer = normalizers.NFC()
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, special_tokens=SPECIALS, show_progress=False)
    fast.train_from_iterator(TEXTS * 3, trainer)
    ids = [fast.token_to_id(token) for token in ("[CLS]", "[SEP]")]
    fast.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:0 [SEP]:0",
        special_tokens=[("[CLS]", ids[0]), ("[SEP]", ids[1])],
    )
    mask = AddedToken("[MASK]", lstrip=True)
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": mask}
    inputs = ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(tokenizer_object=fast, model_max_length=length, model_input_names=inputs, **names)


def other_encoders() -> None:
    longer = dict(max_position_embeddings=200)
    config = MPNetConfig(**(shape(32, 4, 2, 24, layer_norm_eps=1e-5, vocab_size=len(VOCABULARY) + 1) | longer))
    folder = encoder("mpnet", MPNetModel, config, fast=mpnet_tokenizer(198))
    pipeline(folder, "mean", models.Normalize(), length=180)
    expect_vectors(folder, LONG_TEXTS)
    labelled = shape(32, 4, 1, 24, num_labels=1, vocab_size=len(VOCABULARY) + 1) | longer
    folder = encoder("cross-mpnet", MPNetForSequenceClassification, MPNetConfig(**labelled), fast=mpnet_tokenizer(40))
    expect_scores(folder)

    # Layers of both kinds, in a window that the longer texts do not fit.
    modern = dict(vocab_size=300, max_position_embeddings=400, pad_token_id=0, bos_token_id=2, cls_token_id=2)
    modern |= dict(eos_token_id=3, sep_token_id=3)
    config = ModernBertConfig(
        hidden_size=64, num_attention_heads=4, num_hidden_layers=4, intermediate_size=36, local_attention=20, **modern
    )
    folder = encoder("modernbert", ModernBertModel, config, fast=byte_tokenizer(400))
    pipeline(folder, "cls", models.Normalize(), length=380)
    expect_vectors(folder, LONG_TEXTS)
    # Heads of an odd size, another function, and the fields of transformers 4.
    config = ModernBertConfig(
        hidden_size=36, num_attention_heads=6, num_hidden_layers=3, intermediate_size=26, local_attention=12,
        hidden_activation="silu", global_attn_every_n_layers=2, global_rope_theta=80_000.0, **modern
    )
    folder = encoder("modernbert-early", ModernBertModel, config, fast=byte_tokenizer(400))
    pipeline(folder, "mean", length=380)
    expect_vectors(folder, LONG_TEXTS)
    early = {"global_attn_every_n_layers": 2, "global_rope_theta": 80_000.0, "local_rope_theta": 10_000.0}
    edit(folder, "config.json", lambda now: {k: v for k, v in now.items() if k not in ("layer_types", "rope_parameters")} | early)
    rewrite(folder, lambda tensors: {f"model.{name}": tensor for name, tensor in tensors.items()})


def static_models() -> None:
    words = tokenizer(64)._tokenizer
    random = lambda *shape, seed: np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    table = random(len(VOCABULARY), 36, seed=1)
    torch.manual_seed(5)
    modules = [models.StaticEmbedding(words, embedding_weights=table), models.Dense(36, 20), models.Normalize()]
    widen(modules[1])
    folder = OUT / "static"
    SentenceTransformer(modules=modules, device="cpu").save_pretrained(str(folder), create_model_card=False)
    expect_vectors(folder)
    # In a folder of its own, as modules are that do not come first.
    folder = OUT / "static-in-folder"
    modules = [models.StaticEmbedding(words, embedding_weights=table.astype(np.float16))]
    SentenceTransformer(modules=modules, device="cpu").save_pretrained(str(folder), create_model_card=False)
    inside = folder / "0_StaticEmbedding"
    inside.mkdir()
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).rename(inside / name)
    edit(folder, "modules.json", lambda modules: [modules[0] | {"path": inside.name}])
    expect_vectors(folder)

    # model2vec: a row for each token; rows that tokens share, with weights; bytes.
    expect_model2vec("model2vec", table[:, :16].astype(np.float16))
    mapping = np.arange(len(VOCABULARY)) * 7 % 13
    weights = np.abs(random(len(VOCABULARY), seed=3)).astype(np.float64)
    expect_model2vec("model2vec-shared", table[:13, :24], weights=weights, token_mapping=mapping, max_length=9)
    integers = np.random.default_rng(4).integers(-127, 128, (13, 20)).astype(np.int8)
    shared = dict(weights=weights.astype(np.float32), token_mapping=mapping.astype(np.int32))
    expect_model2vec("model2vec-int8", integers, **shared)


def expect_model2vec(name: str, table: np.ndarray, **options) -> None:
    model = StaticModel(table, tokenizer(64)._tokenizer, normalize=True, **options)
    folder = OUT / name
    model.save_pretrained(folder)
    exact = StaticModel(table if table.dtype == np.int8 else table.astype(np.float32), model.tokenizer, **options)
    texts = [*TEXTS, "the cat " * 400 + "sat"]
    cases = [{"text": text, "vector": numbers(exact.encode([text])[0])} for text in texts]
    write(folder, {"maxLength": model.max_length, "cases": cases, "prompted": []})


GROUPS = {
    group.__name__: group for group in (embedders, older_layouts, cross_encoders, other_encoders, static_models)
}


def main() -> None:
    torch.set_num_threads(1)
    chosen = sys.argv[1:] or list(GROUPS)
    if len(chosen) == len(GROUPS):
        shutil.rmtree(OUT, ignore_errors=True)
    for group in chosen:
        GROUPS[group]()
    for folder in sorted(OUT.iterdir()):
        print(folder.name, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()))
    print(sum(file.stat().st_size for file in OUT.rglob("*") if file.is_file()), "bytes in all")


if __name__ == "__main__":
    main()
