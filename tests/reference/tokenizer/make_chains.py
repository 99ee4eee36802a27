"""Writes tests/fixtures/tokenizer/chains: tokenizers of other kinds than BERT's, and a sample of texts with
what Hugging Face makes of them. With a folder and a number, so many texts for each of them there instead,
for compare_chains.mjs; `points` after them adds every code point, alone and between letters. Names, or the
paths of tokenizer.json files, restrict it to those.

    python make_chains.py [folder count [points] [name or file ...]]
"""
import json
import pathlib
import random
import sys

from tokenizers import Tokenizer

from built import expected
from chains import CHAINS, build, strange

FIXTURE = pathlib.Path(__file__).parents[2] / "fixtures/tokenizer/chains"
SAMPLE, LONGEST = 36, 40


def digest(numbers):
    """FNV-1a over 32-bit numbers."""
    state = 0x811C9DC5
    for number in numbers:
        state = (state ^ number) * 0x01000193 & 0xFFFFFFFF
    return state


def row(tokenizer, sample):
    return [sample, *expected(tokenizer, sample)]


def find(wanted):
    """A tokenizer by its name in CHAINS or by its file; its tokenizer.json; and a name for it."""
    if wanted in CHAINS:
        return *build(wanted), wanted
    path = pathlib.Path(wanted).resolve()
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, json.loads(path.read_text(encoding="utf-8")), path.parent.name


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FIXTURE
    folder.mkdir(parents=True, exist_ok=True)
    points = "points" in sys.argv[3:]
    for wanted in [name for name in sys.argv[3:] if name != "points"] or CHAINS:
        tokenizer, root, name = find(wanted)
        for part in ("decoder", "truncation", "padding"):
            root.pop(part, None)
        dump = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        (folder / f"{name}.json").write_text(dump(root) + "\n", encoding="utf-8")
        # Read back, as anybody's: scores that float32 can't hold change in the last bit, and ties with them.
        tokenizer = Tokenizer.from_str(dump(root))
        rng = random.Random("chains " + name)
        with open(folder / f"{name}.cases.jsonl", "w", encoding="utf-8") as out:
            if folder == FIXTURE:
                made = 0
                while made < SAMPLE:
                    sample = strange(rng)
                    if len(sample) <= LONGEST:
                        out.write(dump(row(tokenizer, sample)) + "\n")
                        made += 1
                # Longer than what is taken at a time, so that it is cut: with spaces and without.
                for space in ("", " "):
                    long = space.join(strange(rng) for _ in range(300))[:3000]
                    ids, offsets = expected(tokenizer, long)
                    out.write(dump([long, digest([*ids, *offsets])]) + "\n")
            else:
                for index in range(int(sys.argv[2])):
                    sample = strange(rng)
                    if index % 500 == 0:
                        sample = rng.choice(["", " ", "x"]).join(strange(rng) for _ in range(300))
                    out.write(dump(row(tokenizer, sample)) + "\n")
                if points:
                    for c in range(0x110000):
                        if not 0xD800 <= c < 0xE000:
                            out.write(dump(row(tokenizer, f"{chr(c)} a{chr(c)}b")) + "\n")
                            out.write(dump(row(tokenizer, chr(c))) + "\n")
        print(name, (folder / f"{name}.json").stat().st_size, (folder / f"{name}.cases.jsonl").stat().st_size)


main()
