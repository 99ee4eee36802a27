"""Embeds a dataset with Ray Data: actors that each keep one process of edgebert for all their batches.

    python ray_map_batches.py docs.jsonl model.safetensors vectors.parquet

docs.jsonl has an `id` and a `text` in every line. The model is read from a path that every node has.
"""

import json
import os
import subprocess
import sys
from threading import Thread

import numpy as np
import ray

EDGEBERT = os.path.abspath(os.environ.get("EDGEBERT", "node_modules/.bin/edgebert"))
DIMENSION = 384


class Embedder:
    def __init__(self, model):
        # One thread an actor: Ray runs as many actors as there are cores.
        command = [EDGEBERT, "embed", "--model", model, "--workers", "1", "--quiet"]
        command += ["--input-format", "jsonl", "--format", "f32"]
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, batch):
        # JSON strings, as a text may hold line feeds.
        lines = "".join(f"{json.dumps(str(text))}\n" for text in batch["text"]).encode()
        # Written beside the reading: neither pipe holds a whole batch.
        writer = Thread(target=self.write, args=(lines,))
        writer.start()
        wanted = 4 * DIMENSION * len(batch["text"])
        rows = self.child.stdout.read(wanted)
        writer.join()
        if len(rows) < wanted:
            raise RuntimeError(f"edgebert ended with {self.child.wait()}")
        batch["vector"] = np.frombuffer(rows, dtype="<f4").reshape(-1, DIMENSION)
        return batch

    def write(self, lines):
        try:
            self.child.stdin.write(lines)
            self.child.stdin.flush()
        except BrokenPipeError:
            pass  # The reader tells.


if __name__ == "__main__":
    source, model, target = sys.argv[1:]
    ray.init()
    # An actor holds its core to the end: one core is left for the tasks that read and write.
    actors = max(1, int(ray.cluster_resources()["CPU"]) - 1)
    dataset = ray.data.read_json(source, lines=True).repartition(8)
    arguments = [os.path.abspath(model)]
    vectors = dataset.map_batches(Embedder, fn_constructor_args=arguments, batch_size=256, concurrency=actors)
    vectors.write_parquet(os.path.abspath(target))
