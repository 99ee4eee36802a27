"""Loads the Parquet file of `edgebert embed` into LanceDB, and searches it.

    edgebert embed --input docs.jsonl --id-field id --output vectors.parquet
    python lancedb_table.py vectors.parquet lance

LanceDB is a library over files: the second argument is a folder, or a bucket such as s3://bucket/folder.
"""

import sys

import lancedb
import pyarrow.parquet as parquet

if __name__ == "__main__":
    source, place = sys.argv[1:]
    file = parquet.ParquetFile(source)
    # Batch by batch: the file need not fit into memory. A retry writes the table anew.
    batches = file.iter_batches(batch_size=4096)
    table = lancedb.connect(place).create_table("docs", batches, schema=file.schema_arrow, mode="overwrite")
    print(f"{table.count_rows()} rows")
    query = next(file.iter_batches(batch_size=1))["vector"][0].as_py()
    for row in table.search(query).distance_type("cosine").limit(5).to_list():
        print(f"{1 - row['_distance']:.6f}\t{row['id']}")
