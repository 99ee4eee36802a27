"""Writes tests/fixtures/tokenizer: a sample of what compare.mjs compares, small enough for npm test.

    python make_fixture.py
"""
import json
import pathlib
import random

from built import OPTIONS, build, expected, small_vocabulary, whole_vocabulary
from texts import text

OUT = pathlib.Path(__file__).parents[2] / "fixtures/tokenizer"
# Of each tokenizer's texts, so many with all numbers, to see what is wrong, and so many with a digest.
WHOLE, DIGESTED, PAIRS, LONGEST = 180, 280, 50, 64
# All of the first two planes, where almost all characters are; of the others, some.
POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000 and (c < 0x20000 or c % 256 in (0, 127, 255))]
BLOCK = 4096


def options_of(tokenizer):
    """tokenizer.json without the vocabulary."""
    root = json.loads(tokenizer.to_str())
    del root["model"]["vocab"], root["decoder"], root["truncation"], root["padding"]
    return root


def write(name, value):
    (OUT / name).write_text(value, encoding="utf-8")
    print(name, len(value.encode()))


def lines(rows):
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows) + "\n]\n"


def digest(tokens):
    """FNV-1a over 32-bit numbers."""
    state = 0x811C9DC5
    for number in tokens:
        state = (state ^ number) * 0x01000193 & 0xFFFFFFFF
    return state


def blocks():
    for first in range(0, 0x110000, BLOCK):
        points = [c for c in POINTS if first <= c < first + BLOCK]
        if points:
            # Alone, between letters, and on a letter that has marks already.
            yield "".join(f"{chr(c)} a{chr(c)}b é{chr(c)}\u0323 " for c in points)


OUT.mkdir(parents=True, exist_ok=True)
digests = {}
for name in OPTIONS:
    tokenizer = build(name, small_vocabulary)
    rng = random.Random("fixture " + name)
    texts = []
    while len(texts) < WHOLE + DIGESTED:
        candidate = text(rng)
        if len(candidate) <= LONGEST:
            texts.append(candidate)
    pieces = sorted(json.loads(tokenizer.to_str())["model"]["vocab"].items(), key=lambda piece: piece[1])
    write(f"{name}.vocabulary.txt", "".join(piece + "\n" for piece, _ in pieces))
    write(f"{name}.json", json.dumps(options_of(tokenizer), ensure_ascii=False, indent=1) + "\n")
    rows = [[t, *expected(tokenizer, t)] for t in texts[:WHOLE]]
    rows += [[t, digest([number for part in expected(tokenizer, t) for number in part])] for t in texts[WHOLE:]]
    write(f"{name}.cases.json", lines(rows))
    whole = build(name, whole_vocabulary)
    digests[name] = [digest([*ids, *offsets]) for ids, offsets in (expected(whole, block) for block in blocks())]
write("points.json", json.dumps(digests, separators=(",", ":")) + "\n")

tokenizer = build("uncased", small_vocabulary)
rng = random.Random("fixture pairs")
pairs = []
for _ in range(PAIRS):
    a, b, most = text(rng)[:40], text(rng)[:40], rng.randint(3, 40)
    tokenizer.enable_truncation(most, strategy="longest_first")
    encoding = tokenizer.encode(a, b)
    pairs.append([most, a, b, [encoding.ids, encoding.type_ids]])
write("pairs.json", lines(pairs))
