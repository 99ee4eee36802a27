"""The reference encoder: sentence-transformers on the CPU, in float32, one text at a time.

One at a time, so that no reference vector depends on padding or on the texts beside it.
"""

from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer


class Reference:
    """A model folder as sentence-transformers lays it out, read without any network."""

    def __init__(self, folder: Path) -> None:
        torch.manual_seed(0)
        torch.set_num_threads(1)
        self.model = SentenceTransformer(str(folder), device="cpu", local_files_only=True).float()
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    @property
    def max_length(self) -> int:
        return self.model.max_seq_length

    def ids(self, text: str) -> list[int]:
        """All ids with [CLS] and [SEP], whatever the length."""
        return self.tokenizer.encode(text).ids

    def truncated_ids(self, text: str) -> list[int]:
        """The ids that the model sees: at most `max_length`, the last of them [SEP]."""
        ids = self.ids(text)
        if len(ids) <= self.max_length:
            return ids
        return ids[: self.max_length - 1] + ids[-1:]

    def vectors(self, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Pooled vectors before and after L2 normalisation, both [n, dimension]."""
        pooled, normalized = [], []
        for text in texts:
            features = self.model.tokenize([text])
            seen = features["input_ids"][0][features["attention_mask"][0].bool()].tolist()
            assert seen == self.truncated_ids(text), f"two tokenizers disagree on {text!r}"
            with torch.no_grad():
                vector = self.model[1](self.model[0](features))["sentence_embedding"][0]
            pooled.append(vector.numpy())
            normalized.append(torch.nn.functional.normalize(vector, dim=0).numpy())
        return np.stack(pooled), np.stack(normalized)
