"""Loads the Parquet file of `edgebert embed` into Qdrant, and searches it.

    edgebert embed --input docs.jsonl --id-field id --output vectors.parquet
    python qdrant_upload.py vectors.parquet http://localhost:6333

The second argument is a server's address, or a folder for the client's own local mode.
"""

import sys
import uuid

import pyarrow.parquet as parquet
from qdrant_client import QdrantClient, models

BATCH = 256


def points(file, dimension):
    for batch in file.iter_batches(batch_size=BATCH):
        vectors = batch["vector"].flatten().to_numpy().reshape(-1, dimension)
        for row, vector in zip(batch.drop_columns(["vector"]).to_pylist(), vectors):
            # Ids are numbers or UUIDs here. The same id gives the same UUID, so a retry adds nothing.
            key = str(uuid.uuid5(uuid.NAMESPACE_URL, str(row["id"])))
            yield models.PointStruct(id=key, vector=vector.tolist(), payload=row)


if __name__ == "__main__":
    source, place = sys.argv[1:]
    client = QdrantClient(url=place) if "://" in place else QdrantClient(path=place)
    file = parquet.ParquetFile(source)
    dimension = file.schema_arrow.field("vector").type.list_size
    if not client.collection_exists("docs"):
        # The vectors have a length of one: the dot product is the cosine.
        config = models.VectorParams(size=dimension, distance=models.Distance.DOT)
        client.create_collection("docs", vectors_config=config)
    client.upload_points("docs", points(file, dimension), batch_size=BATCH, wait=True)
    print(f"{client.count('docs').count} points")
    first = next(points(file, dimension))
    for point in client.query_points("docs", query=first.vector, limit=5).points:
        print(f"{point.score:.6f}\t{point.payload['id']}")
    client.close()
