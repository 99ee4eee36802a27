"""Embeds a table with Spark: Arrow in, Arrow out, one process of edgebert for each partition.

    spark-submit spark_map_in_arrow.py docs.jsonl model.safetensors vectors.parquet

docs.jsonl has a string `id` and a `text` in every line. The model travels with the job (`addFile`); node
and the command are on every executor. A task that fails is run again, and gives the same bits.
"""

import json
import os
import subprocess
import sys
from threading import Thread

import pyarrow as pa
from pyspark import SparkFiles
from pyspark.sql import SparkSession

EDGEBERT = os.environ.get("EDGEBERT", "node_modules/.bin/edgebert")
COLUMNS = pa.schema({"id": pa.string(), "text": pa.string(), "vector": pa.list_(pa.float32())})


def embed(model):
    def partition(batches):
        # One thread: Spark runs as many tasks as there are cores.
        command = [EDGEBERT, "embed", "--model", SparkFiles.get(model), "--workers", "1", "--quiet"]
        command += ["--input-format", "jsonl", "--id-field", "id", "--format", "arrow"]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def feed():
            with child.stdin as lines:
                for batch in batches:
                    for row in batch.to_pylist():
                        lines.write(json.dumps(row).encode() + b"\n")

        # Reading and writing at once: neither pipe holds a whole partition.
        Thread(target=feed, daemon=True).start()
        with child, pa.ipc.open_stream(child.stdout) as reader:
            for batch in reader:
                if batch.num_rows > 0:
                    yield pa.RecordBatch.from_arrays(
                        [batch[name].cast(kind) for name, kind in zip(COLUMNS.names, COLUMNS.types)],
                        schema=COLUMNS,
                    )
        if child.returncode != 0:
            raise RuntimeError(f"edgebert ended with {child.returncode}")

    return partition


if __name__ == "__main__":
    source, model, target = sys.argv[1:]
    spark = SparkSession.builder.appName("edgebert").getOrCreate()
    spark.sparkContext.addFile(os.path.abspath(model))
    # Few large partitions: each pays for the start of a process, about 0.4 s of CPU.
    table = spark.read.json(source).select("id", "text").repartition(4, "id")
    vectors = table.mapInArrow(embed(os.path.basename(model)), "id string, text string, vector array<float>")
    vectors.write.mode("overwrite").parquet(target)
