"""Prints the SHA-256 of the vectors of a Parquet file or folder, in the order of the numbers that are their ids."""

import hashlib
import sys

import numpy as np
import pyarrow.parquet as parquet


def sha256(ids, vectors):
    order = np.argsort(np.array([int(id) for id in ids]))
    return hashlib.sha256(np.asarray(vectors, dtype="<f4")[order].tobytes()).hexdigest()


if __name__ == "__main__":
    table = parquet.read_table(sys.argv[1], columns=["id", "vector"])
    vectors = np.stack(table["vector"].combine_chunks().to_numpy(zero_copy_only=False))
    print(len(vectors), sha256(table["id"].to_pylist(), vectors))
