"""Writes tests/fixtures/minilm: what all-MiniLM-L6-v2 answers for the texts of minilm_texts.py.

Usage: python make_minilm.py <folder of the checkpoint>
"""

import hashlib
import json
import sys
from pathlib import Path

from encode_reference import Reference
from f32_file import write_f32
from minilm_texts import TEXTS

OUT = Path(__file__).parent.parent / "fixtures" / "minilm"
CHECKPOINT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def main(folder: Path) -> None:
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != CHECKPOINT_SHA256:
        sys.exit(f"{folder}/model.safetensors has SHA-256 {found}, not that of all-MiniLM-L6-v2")
    reference = Reference(folder)
    pooled, normalized = reference.vectors(TEXTS)
    OUT.mkdir(parents=True, exist_ok=True)
    write_f32(OUT / "pooled.f32", pooled)
    write_f32(OUT / "normalized.f32", normalized)
    texts = [{"text": text, "tokens": len(reference.ids(text))} for text in TEXTS]
    lines = ",\n".join(json.dumps(text, ensure_ascii=True) for text in texts)
    header = f'"dimension": {pooled.shape[1]}, "maxLength": {reference.max_length}'
    (OUT / "texts.json").write_text(f'{{ {header}, "texts": [\n{lines}\n] }}\n', encoding="utf-8")
    print(f"{len(TEXTS)} texts of {min(t['tokens'] for t in texts)} to {max(t['tokens'] for t in texts)} tokens")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
