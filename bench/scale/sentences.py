"""Encodes the lines of a file with sentence-transformers, one thread, and prints its CPU seconds after loading.

    python sentences.py <model folder> <file of lines>
"""

import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from sentence_transformers import SentenceTransformer

torch.set_num_threads(1)
model = SentenceTransformer(sys.argv[1], device="cpu")
with open(sys.argv[2], encoding="utf-8") as file:
    texts = file.read().splitlines()
model.encode(texts[:32])
start = time.process_time()
# Its own batches, sorted by length.
vectors = model.encode(texts)
print(len(vectors), time.process_time() - start)
