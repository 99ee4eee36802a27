"""Loads the Parquet file of `edgebert embed` into PostgreSQL with pgvector, by binary COPY, and searches it.

    edgebert embed --input docs.jsonl --id-field id --output vectors.parquet
    python pgvector_copy.py vectors.parquet postgresql://localhost/mydb

COPY in binary keeps every bit of a float32. It is one transaction: a load that fails leaves all as it was.
"""

import sys

import psycopg
import pyarrow.parquet as parquet
from pgvector.psycopg import register_vector

if __name__ == "__main__":
    source, database = sys.argv[1:]
    file = parquet.ParquetFile(source)
    dimension = file.schema_arrow.field("vector").type.list_size
    with psycopg.connect(database) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        register_vector(connection)
        connection.execute("DROP TABLE IF EXISTS docs")
        columns = f"id text PRIMARY KEY, text text, embedding vector({dimension})"
        connection.execute(f"CREATE TABLE docs ({columns})")
        with connection.cursor().copy(
            "COPY docs (id, text, embedding) FROM STDIN WITH (FORMAT BINARY)"
        ) as copy:
            copy.set_types(["text", "text", "vector"])
            for batch in file.iter_batches(batch_size=1024):
                vectors = batch["vector"].flatten().to_numpy().reshape(-1, dimension)
                for id, text, vector in zip(batch["id"].to_pylist(), batch["text"].to_pylist(), vectors):
                    copy.write_row((str(id), text, vector))
        # An index after the rows, which is faster than one that grows with them.
        connection.execute("CREATE INDEX ON docs USING hnsw (embedding vector_cosine_ops)")
        (count,) = connection.execute("SELECT count(*) FROM docs").fetchone()
        print(f"{count} rows")
        nearest = """
            SELECT other.id, 1 - (other.embedding <=> one.embedding) FROM docs one, docs other
            WHERE one.id = (SELECT min(id) FROM docs) ORDER BY other.embedding <=> one.embedding LIMIT 5
        """
        for id, score in connection.execute(nearest):
            print(f"{score:.6f}\t{id}")
