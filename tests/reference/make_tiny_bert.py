"""Writes tests/fixtures/tiny-bert-*: whole BERT checkpoints of a few ten kilobytes.

Their weights are random but seeded, so every run gives the same bytes; what they answer is
taken from sentence-transformers. They let the engine be tested without the real model: a loader
or an encoder that mixes up two tensors, drops a bias or miscounts a tail gives other vectors.

Usage: python make_tiny_bert.py
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from encode_reference import Reference

FIXTURES = Path(__file__).parent.parent / "fixtures"

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = ["hello", "world", "how", "are", "you", "a", "cat", "sat", "on", "the", "mat", "un", "do", "c", "日"]
PIECES = ["##s", "##ting", "##do", "##able", "##f", "##e", "##a", "##t", "##1", "##2"]
SIGNS = [",", ".", "!", "?", "'", "1", "2"]

TEXTS = [
    "Hello world",
    "How are you?",
    "",
    "cat",
    "A cat's café, undoable!",
    "日 12 xyz [MASK]",
    "the cat sat on the mat. the cats sat on the mats. how are the cats, 1 or 2?",
]


@dataclass
class Shape:
    name: str
    seed: int
    dtype: type
    layers: int
    hidden: int
    heads: int
    intermediate: int
    max_length: int
    positions: int = 24


SHAPES = [
    # Two layers, so that one taken for the other shows; a feed-forward narrower than the hidden size.
    Shape("tiny-bert-f32", 11, np.float32, layers=2, hidden=32, heads=2, intermediate=20, max_length=16),
    # Half floats on disk; heads of 8; a hidden size with a tail after every 16; a feed-forward of
    # one whole group of 128 weights and a tail of 4.
    Shape("tiny-bert-f16", 12, np.float16, layers=1, hidden=40, heads=5, intermediate=132, max_length=20),
]


def vocabulary() -> list[str]:
    return SPECIALS + WORDS + PIECES + SIGNS


def tokenizer_json() -> dict:
    ids = {piece: i for i, piece in enumerate(vocabulary())}

    def special(name: str) -> dict:
        return {"id": name, "ids": [ids[name]], "tokens": [name]}

    def marker(name: str, type_id: int) -> dict:
        return {"SpecialToken": {"id": name, "type_id": type_id}}

    first, second = ({"Sequence": {"id": name, "type_id": i}} for i, name in enumerate("AB"))
    return {
        "version": "1.0",
        # As in published checkpoints, these two are narrower than the model; a sentence encoder
        # must go by sentence_bert_config.json instead.
        "truncation": {"max_length": 8, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
        "padding": {
            "strategy": {"Fixed": 8},
            "direction": "Right",
            "pad_to_multiple_of": None,
            "pad_id": ids["[PAD]"],
            "pad_type_id": 0,
            "pad_token": "[PAD]",
        },
        "added_tokens": [
            {
                "id": ids[name],
                "content": name,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for name in SPECIALS
        ],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [marker("[CLS]", 0), first, marker("[SEP]", 0)],
            "pair": [marker("[CLS]", 0), first, marker("[SEP]", 0), second, marker("[SEP]", 1)],
            "special_tokens": {name: special(name) for name in ("[CLS]", "[SEP]")},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": ids,
        },
    }


def side_files(shape: Shape) -> dict[str, dict | list]:
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "attention_probs_dropout_prob": 0.1,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "hidden_size": shape.hidden,
            "intermediate_size": shape.intermediate,
            "layer_norm_eps": 1e-12,
            "max_position_embeddings": shape.positions,
            "model_type": "bert",
            "num_attention_heads": shape.heads,
            "num_hidden_layers": shape.layers,
            "pad_token_id": 0,
            "position_embedding_type": "absolute",
            "type_vocab_size": 2,
            "vocab_size": len(vocabulary()),
        },
        "tokenizer.json": tokenizer_json(),
        "tokenizer_config.json": {"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 512},
        "sentence_bert_config.json": {"max_seq_length": shape.max_length, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_cls_token": False,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_max_tokens": False,
            "pooling_mode_mean_sqrt_len_tokens": False,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        ],
    }


def tensors(shape: Shape) -> dict[str, np.ndarray]:
    """Weights wide enough that attention, GELU and every bias leave their mark on the result."""
    random = np.random.Generator(np.random.PCG64(shape.seed))

    def normal(*size: int, std: float, mean: float = 0.0) -> np.ndarray:
        return (mean + std * random.standard_normal(size)).astype(shape.dtype)

    out: dict[str, np.ndarray] = {}

    def linear(name: str, outputs: int, inputs: int) -> None:
        out[f"{name}.weight"] = normal(outputs, inputs, std=1.5 / inputs**0.5)
        out[f"{name}.bias"] = normal(outputs, std=0.2)

    def norm(name: str) -> None:
        out[f"{name}.weight"] = normal(shape.hidden, std=0.2, mean=1.0)
        out[f"{name}.bias"] = normal(shape.hidden, std=0.2)

    out["embeddings.position_ids"] = np.arange(shape.positions, dtype=np.int64)[None]
    out["embeddings.word_embeddings.weight"] = normal(len(vocabulary()), shape.hidden, std=0.5)
    out["embeddings.position_embeddings.weight"] = normal(shape.positions, shape.hidden, std=0.2)
    out["embeddings.token_type_embeddings.weight"] = normal(2, shape.hidden, std=0.2)
    norm("embeddings.LayerNorm")
    for layer in range(shape.layers):
        at = f"encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            linear(f"{at}.attention.self.{part}", shape.hidden, shape.hidden)
        linear(f"{at}.attention.output.dense", shape.hidden, shape.hidden)
        norm(f"{at}.attention.output.LayerNorm")
        linear(f"{at}.intermediate.dense", shape.intermediate, shape.hidden)
        linear(f"{at}.output.dense", shape.hidden, shape.intermediate)
        norm(f"{at}.output.LayerNorm")
    # In published checkpoints, and of no use to a sentence encoder: one that trips over it is wrong.
    out["pooler.dense.bias"] = normal(shape.hidden, std=0.2)
    return out


def expected(folder: Path) -> dict:
    reference = Reference(folder)
    pooled, _ = reference.vectors(TEXTS)
    return {
        "dimension": pooled.shape[1],
        "maxLength": reference.max_length,
        "cases": [
            {
                "text": text,
                "ids": reference.ids(text),
                "pooled": [float(f"{x:.9g}") for x in pooled[i]],
            }
            for i, text in enumerate(TEXTS)
        ],
    }


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def main() -> None:
    for shape in SHAPES:
        folder = FIXTURES / shape.name
        for name, value in side_files(shape).items():
            write_json(folder / name, value)
        save_file(tensors(shape), folder / "model.safetensors", metadata={"format": "pt"})
        write_json(folder / "expected.json", expected(folder))
        print(folder.name, sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()), "bytes")


if __name__ == "__main__":
    main()
