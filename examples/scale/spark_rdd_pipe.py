"""Embeds lines of JSON with Spark's `rdd.pipe`: no Arrow, no schema, any fields.

    spark-submit spark_rdd_pipe.py docs.jsonl model.safetensors vectors.jsonl

Every line is an object with a `text`; its other fields come out beside the `vector`. The model travels
with the job (`addFile`); node and the command are on every executor.
"""

import os
import shlex
import sys

from pyspark.sql import SparkSession

EDGEBERT = os.environ.get("EDGEBERT", "node_modules/.bin/edgebert")

if __name__ == "__main__":
    source, model, target = sys.argv[1:]
    spark = SparkSession.builder.appName("edgebert").getOrCreate()
    spark.sparkContext.addFile(os.path.abspath(model))
    # An executor finds the files of `addFile` in its working folder.
    command = [EDGEBERT, "embed", "--model", f"./{os.path.basename(model)}", "--input-format", "jsonl"]
    # One thread, as Spark runs as many tasks as there are cores.
    command += ["--workers", "1", "--quiet"]
    lines = spark.sparkContext.textFile(source, minPartitions=4)
    # Without `checkCode`, a process that fails in its middle would pass for one that is done.
    vectors = lines.pipe(shlex.join(command), checkCode=True)
    vectors.saveAsTextFile(target)
