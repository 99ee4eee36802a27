"""Prints the SHA-256 of the vectors in the table that examples/scale/pgvector_copy.py makes."""

import sys

import numpy as np
import psycopg
from hash import sha256
from pgvector.psycopg import register_vector

with psycopg.connect(sys.argv[1]) as connection:
    register_vector(connection)
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute("SELECT id, embedding FROM docs").fetchall()
vectors = [np.asarray(vector.to_numpy() if hasattr(vector, "to_numpy") else vector) for _, vector in rows]
print(len(rows), sha256([id for id, _ in rows], np.stack(vectors)))
