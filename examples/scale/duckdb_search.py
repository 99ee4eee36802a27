"""Searches the Parquet file of `edgebert embed` with DuckDB, without loading it anywhere.

    edgebert embed --input docs.jsonl --id-field id --output vectors.parquet
    python duckdb_search.py vectors.parquet model.safetensors "who sees a doctor?"

Every vector is compared, so the answer is exact. The query is embedded by the same model.
"""

import json
import os
import subprocess
import sys

import duckdb

EDGEBERT = os.environ.get("EDGEBERT", "node_modules/.bin/edgebert")


def embed(text, model):
    command = [EDGEBERT, "embed", "--model", model, "--workers", "1", "--quiet", "--input-format", "jsonl"]
    answer = subprocess.run(command, input=json.dumps(text), capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)["vector"]


if __name__ == "__main__":
    vectors, model, text = sys.argv[1:]
    query = embed(text, model)
    kind = f"FLOAT[{len(query)}]"
    found = duckdb.sql(
        f"""
        SELECT id, text, array_cosine_similarity(vector::{kind}, $query::{kind}) AS score
        FROM read_parquet($vectors) ORDER BY score DESC LIMIT 5
        """,
        params={"query": query, "vectors": vectors},
    )
    for id, text, score in found.fetchall():
        print(f"{score:.6f}\t{id}\t{text}")
