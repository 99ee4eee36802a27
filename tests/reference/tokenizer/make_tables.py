"""Asks Hugging Face's tokenizers what it does to every single code point, and writes the answers as
src/tokenizer/unicode/tables.rs. So the engine follows the Unicode versions of that library (it mixes
several), not those of the Rust that compiles it.

    python make_tables.py        # one minute
"""
import functools
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, __version__, models, normalizers, pre_tokenizers

from tables import ALL, array, runs, steps

OUT = pathlib.Path(__file__).parents[3] / "src/tokenizer/unicode/tables.rs"
LETTER, SPACE, PUNCTUATION, REMOVED, STRIPPED, MARK, CONTROL_SPACE = range(7)
FOLDS, RANKED, HAS_LOWER = 8, 16, 32
# Letters in runs shorter than this are put together, with all that any of them does: a vain lookup
# costs less than the runs would.
SHORT_RUN = 4


def bert(**on):
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**off, **on}).normalize_str


clean, strip = bert(clean_text=True), bert(strip_accents=True)
decompose = normalizers.NFD().normalize_str
lower = normalizers.Lowercase().normalize_str
split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
split_marks = pre_tokenizers.Split(Regex(r"\p{M}"), "isolated").pre_tokenize_str


def words():
    """The code points that a single-word token can't touch."""
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "[X]": 1}, unk_token="[UNK]"))
    tokenizer.add_tokens([AddedToken("[X]", single_word=True, normalized=False)])
    before = {c for c in ALL if 1 not in tokenizer.encode(chr(c) + "[X]").ids}
    assert before == {c for c in ALL if 1 not in tokenizer.encode("[X]" + chr(c)).ids}
    return before


def combining_ranks():
    """Canonical combining classes, up to their order, from which marks change places: 0 for none."""
    whole = {c for c in ALL if decompose(chr(c)) == chr(c)}
    swaps = lambda a, b: decompose("a" + chr(a) + chr(b)) == "a" + chr(b) + chr(a) != "a" + chr(a) + chr(b)
    marks = [c for c in whole if c == 0x345 or swaps(0x345, c) or swaps(c, 0x334)]
    order = lambda a, b: swaps(a, b) - swaps(b, a)
    ranks, previous, rank = {}, None, 0
    for c in sorted(sorted(marks), key=functools.cmp_to_key(order)):
        rank += previous is None or order(previous, c) != 0
        ranks[c], previous = rank, c
    return ranks


def classes(ranks):
    kinds = {}
    for c in ALL:
        s = chr(c)
        pieces = len(split("a" + s + "a"))
        mark = len(split_marks("a" + s + "a")) == 3
        if pieces == 2:
            kind = SPACE if clean(s) else CONTROL_SPACE
        elif pieces == 3:
            kind = PUNCTUATION
        elif strip(s) == "" and decompose(s) == s:
            kind = STRIPPED
        elif c not in (0, 0xFFFD) and clean(s) == "":
            kind = REMOVED
        else:
            kind = MARK if mark else LETTER
        if decompose(s) != s and not 0xAC00 <= c <= 0xD7A3:
            kind |= FOLDS  # Hangul is taken apart by arithmetic.
        if lower(s) != s:
            kind |= HAS_LOWER
        if c in ranks:
            kind |= RANKED
        kinds[c] = kind
    kinds.update({c: LETTER for c in range(0xD800, 0xE000)})
    merged = []
    for first, last, kind in runs(kinds):
        short = kind & 7 == LETTER and last - first < SHORT_RUN
        if short and merged and merged[-1][2]:
            merged[-1][1] |= kind
        elif merged and merged[-1][1] == kind:
            merged[-1][2] = False
        else:
            merged.append([first, kind, short])
    return [(first, kind) for first, kind, _ in merged]


def folds(ranks):
    """What is left of a decomposition without the marks that are stripped. A code point of which
    nothing is left acts as a mark of its first part's rank."""
    stripped = {c for c in ALL if strip(chr(c)) == ""}
    whole, parts = {}, []
    for c in ALL:
        s = chr(c)
        if decompose(s) == s or 0xAC00 <= c <= 0xD7A3:
            continue
        every = [ord(part) for part in decompose(s)]
        kept = [part for part in every if part not in stripped]
        # The engine relies on this: dropping a part hides no reordering.
        assert not kept or every[0] == kept[0] or ranks.get(every[0], 0) == 0, hex(c)
        if not kept:
            ranks.update({c: ranks[every[0]]} if every[0] in ranks else {})
        single = len(kept) == 1 and (kept[0] < 0xE000 or 0xF900 <= kept[0] < 0x10000 or kept[0] >> 16 == 2)
        if not single:
            assert len(kept) <= 3
            parts.append(kept + [0] * (3 - len(kept)))
        whole[c] = kept[0] if single else 0xE000 + len(parts) - 1
    keys, values, second_plane = [], [], []
    for first, last, _ in runs({c: 0 for c in whole}):
        for start in range(first, last + 1, 1024):
            keys.append((start, min(1024, last + 1 - start), len(values)))
            values += [whole[c] for c in range(start, min(start + 1024, last + 1))]
    second_plane = [i for i, value in enumerate(values) if value >> 16 == 2]
    return keys, [value & 0xFFFF for value in values], second_plane, parts


def lowers():
    steps = []
    for c in ALL:
        small = lower(chr(c))
        if small == chr(c):
            continue
        if len(small) != 1:
            assert c == 0x130 and small == "i\u0307"
            continue
        delta = ord(small) - c
        last = steps[-1] if steps else None
        gap = c - (last[0] + last[2] * (last[1] - 1)) if last else 0
        if last and last[3] == delta and gap in (1, 2) and last[1] < 1024 and last[2] in (gap, 0):
            last[1] += 1
            last[2] = gap
        else:
            steps.append([c, 1, 0, delta])
    return [(c << 11 | (step == 2) << 10 | count - 1, delta & 0xFFFFFFFF) for c, count, step, delta in steps]


def flips(members):
    """The code points where membership changes."""
    return [at for first, end, _ in runs({c: 0 for c in members}) for at in (first, end + 1)]


def main():
    ranks = combining_ranks()
    keys, values, second_plane, parts = folds(ranks)
    ranked = []
    for first, last, rank in runs(ranks):
        for start in range(first, last + 1, 32):
            ranked.append(start << 11 | min(31, last - start) << 6 | rank)
    assert max(ranks.values()) < 64
    number = lambda value: f"{value:#x}" if value > 9 else str(value)
    pair = lambda value: f"({number(value[0])}, {number(value[1])})"
    runs_of_classes = classes(ranks)
    tables = [
        array(["Distances between the code points where the class changes, seven bits a byte, low first."],
              "CLASS_STEPS", "u8", steps(first for first, _ in runs_of_classes), str),
        array(["The classes from there on."],
              "CLASSES", "u8", [kind for _, kind in runs_of_classes], str),
        array(["Combining classes, numbered in their order:",
               "`first code point << 11 | (count - 1) << 6 | rank`. All others have rank 0."],
              "RANKS", "u32", ranked, number),
        array(["Stretches of code points that decompose: `first << 11 | count - 1`, and where their",
               "results begin in `FOLDS`."],
              "FOLD_KEYS", "(u32, u16)", [(c << 11 | count - 1, at) for c, count, at in keys], pair),
        array(["The low 16 bits of what is left of each, or 0xE000 + a row of `FOLD_PARTS`."],
              "FOLDS", "u16", values, number),
        array(["Indexes of the `FOLDS` that lie in the second supplementary plane."],
              "FOLDS_IN_PLANE_2", "u16", second_plane, number),
        array(["Decompositions of which several parts are left, or none, or a distant one; zeros fill up."],
              "FOLD_PARTS", "[u32; 3]", parts, lambda row: "[" + ", ".join(map(number, row)) + "]"),
        array(["Upper-case letters: `first << 11 | every other << 10 | count - 1`, and the distance to the",
               "lower-case letter, modulo 2³²."],
              "LOWER", "(u32, u32)", lowers(), pair),
        array(["Word characters: distances between the code points where being one begins or ends, seven",
               "bits a byte, low first."],
              "WORDS", "u8", steps(flips(words())), str),
    ]
    head = (f"//! Written by tests/reference/tokenizer/make_tables.py from tokenizers {__version__}: what it does to\n"
            "//! each code point. Read by `classes`.\n\n")
    OUT.write_text(head + "\n".join(tables))
    print(f"{OUT.name}: {sum(map(len, tables))} characters")


main()
