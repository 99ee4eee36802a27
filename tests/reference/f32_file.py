"""Vectors on disk: little-endian float32, row-major, no header."""

from pathlib import Path

import numpy as np


def write_f32(path: Path, rows: np.ndarray) -> None:
    """Writes `rows` ([n, dimension]); n and the dimension stand in the JSON file beside it."""
    assert rows.ndim == 2 and np.isfinite(rows).all()
    path.write_bytes(np.ascontiguousarray(rows, dtype="<f4").tobytes())
