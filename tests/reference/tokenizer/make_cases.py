"""Writes many random texts with Hugging Face's answers, for compare.mjs.

    python make_cases.py <folder> [texts = 20000] [seed = 1] [points]

`texts` is for each of twelve tokenizers. With `points`, all 1,112,064 code points are written as well,
each in three surroundings: a gigabyte.
"""
import json
import pathlib
import random
import sys

from built import OPTIONS, build, expected, small_vocabulary, whole_vocabulary
from texts import text

folder = pathlib.Path(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
seed = sys.argv[3] if len(sys.argv) > 3 else "1"
points = "points" in sys.argv[4:]
folder.mkdir(parents=True, exist_ok=True)


def write(path, rows):
    with path.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def everything():
    """Every code point alone, between letters, and on a letter that takes marks."""
    for c in range(0x110000):
        if not 0xD800 <= c < 0xE000:
            yield from (chr(c), f"a{chr(c)}b", f"é{chr(c)}\u0323")


for name in OPTIONS:
    for kind, vocabulary in (("small", small_vocabulary), ("whole", whole_vocabulary)):
        tokenizer = build(name, vocabulary)
        tokenizer.save(str(folder / f"{name}-{kind}.json"), pretty=False)
        rng = random.Random(f"{seed} {name} {kind}")
        texts = (text(rng) for _ in range(count))
        write(folder / f"{name}-{kind}.jsonl", ([t, *expected(tokenizer, t)] for t in texts))
        if points and kind == "whole":
            write(folder / f"{name}-{kind}-points.jsonl", ([t, *expected(tokenizer, t)] for t in everything()))

tokenizer = build("uncased", small_vocabulary)
pairs = []
rng = random.Random(f"{seed} pairs")
for _ in range(6000):
    a, b, most = text(rng), text(rng), rng.choice([None, rng.randint(3, 12), rng.randint(3, 64), rng.randint(3, 256)])
    if most is None:
        tokenizer.no_truncation()
    else:
        tokenizer.enable_truncation(most, strategy="longest_first")
    encoding = tokenizer.encode(a, b)
    pairs.append([a, b, most, [encoding.ids, encoding.type_ids]])
write(folder / "pairs.jsonl", pairs)
