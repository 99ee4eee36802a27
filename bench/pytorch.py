"""Times the float32 checkpoint natively, one thread: in PyTorch, on word pieces that it is given, or with
`--sentence-transformers` by that library's own `encode`, which gets texts, sorts them by length and pads batches
of 32.

Started by `npm run bench -- --python <python>`; reads questions and writes answers, one JSON object a line:

    {"hello": true}                                  -> {"version": ...}
    {"vectors": name, "calls": calls}                -> {"vectors": one after the other}
    {"prepare": name, "calls": calls, "ms": wanted}  -> {"ms": of one repetition}
    {"sample": name}                                 -> {"ms": of one repetition}

`calls` is a list of calls, each a list of texts, each a list of ids or a string. A sample takes about `wanted` ms.
"""

import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import AutoModel

WARM_UP_MS = 300


def inputs_of(call):
    """The shorter texts of a call are padded to the longest, and masked."""
    width = max(len(ids) for ids in call)
    ids = torch.tensor([ids + [0] * (width - len(ids)) for ids in call])
    mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids in call])
    return {"input_ids": ids, "attention_mask": mask}


def unit_means(states, mask):
    weights = mask.unsqueeze(-1).to(states.dtype)
    return torch.nn.functional.normalize((states * weights).sum(1) / weights.sum(1))


class Bench:
    def __init__(self, folder):
        torch.set_num_threads(1)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
        self.calls = {}
        self.times = {}

    def inputs_of(self, call):
        return inputs_of(call)

    def encode(self, inputs):
        return unit_means(self.model(**inputs).last_hidden_state, inputs["attention_mask"])

    def version(self):
        return torch.__version__

    def repeat(self, name, times):
        """Milliseconds of one repetition, over `times` of them."""
        start = time.perf_counter()
        for _ in range(times):
            for inputs in self.calls[name]:
                self.encode(inputs)
        return (time.perf_counter() - start) * 1000 / times

    def prepare(self, name, calls, wanted):
        self.calls[name] = [self.inputs_of(call) for call in calls]
        times = 1
        while (each := self.repeat(name, times)) * times < WARM_UP_MS:
            times *= 2
        self.times[name] = max(1, round(wanted / each))
        return each

    def answer(self, question):
        if "hello" in question:
            return {"version": self.version()}
        if "vectors" in question:
            vectors = [self.encode(self.inputs_of(call)).flatten() for call in question["calls"]]
            return {"vectors": torch.cat(vectors).tolist()}
        if "prepare" in question:
            return {"ms": self.prepare(question["prepare"], question["calls"], question["ms"])}
        name = question["sample"]
        return {"ms": self.repeat(name, self.times[name])}


class SentenceBench(Bench):
    def __init__(self, folder):
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(1)
        self.model = SentenceTransformer(folder, device="cpu")
        self.calls = {}
        self.times = {}

    def inputs_of(self, call):
        return call

    def encode(self, texts):
        # As its users call it, but for the conversion at the end.
        return self.model.encode(texts, normalize_embeddings=True, convert_to_tensor=True, show_progress_bar=False)

    def version(self):
        import sentence_transformers

        return sentence_transformers.__version__


def main():
    kind = SentenceBench if "--sentence-transformers" in sys.argv else Bench
    bench = kind(sys.argv[1])
    with torch.inference_mode():
        for line in sys.stdin:
            print(json.dumps(bench.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
