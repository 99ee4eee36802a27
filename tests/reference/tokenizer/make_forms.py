"""Asks Hugging Face's tokenizers for the decomposition of every code point and for the properties that
its normalisers and pre-tokenisers go by, and writes the answers as src/tokenizer/unicode/form_tables.rs.

    python make_forms.py        # three minutes
"""
import pathlib

from tokenizers import Regex, __version__, normalizers, pre_tokenizers

from tables import ALL, array, runs, steps

OUT = pathlib.Path(__file__).parents[3] / "src/tokenizer/unicode/form_tables.rs"
OTHER, CONTROL, EXTEND, SPACING, PREPEND, PICTOGRAPH = range(6)
LETTER, NUMBER, NUMERIC, COMBINING = 8, 16, 32, 64
# How an entry of FORMS ends: what the character is to its decomposition.
COMPOSES, CANONICAL, COMPATIBLE = 1, 2, 3

nfd, nfkd, nfc = (form().normalize_str for form in (normalizers.NFD, normalizers.NFKD, normalizers.NFC))


def charsmap(entries):
    """A charsmap for keys of one or two bytes."""
    units, text = [0] * 0x2000, b""
    offset = lambda value: value << 10
    units[0] = offset(0x100)
    second = {}
    leaf = 0x1000
    for key, value in entries.items():
        at = 0x100 ^ key[0]
        if len(key) == 2:
            base = second.setdefault(key[0], 0x400 + 0x100 * len(second))
            units[at] = key[0] | offset(base ^ at & ~0xFF)
            at = (at ^ (base ^ at & ~0xFF)) ^ key[1]
        units[at] = key[-1] | 1 << 8 | offset(leaf)
        units[at ^ leaf] = len(text) | 1 << 31
        text += value + b"\0"
    return (len(units) * 4).to_bytes(4, "little") + b"".join(u.to_bytes(4, "little") for u in units) + text


def grapheme_kinds():
    """Kinds of grapheme cluster breaks, seen by what a charsmap replaces: a cluster of less than six
    bytes is replaced whole if it begins with a key, others are replaced character by character."""
    see = normalizers.Precompiled(
        charsmap({b"a": b"X", "©".encode(): b"Y", "\u0600".encode(): b"Z"})).normalize_str
    # Two marks of five bytes, behind a character that is too long to be looked up with another.
    marks = "\u0301\u09be"
    behind = normalizers.Precompiled(charsmap({"\u0301".encode(): b"Q"})).normalize_str
    kinds = {}
    for c in ALL:
        s = chr(c)
        kind = OTHER
        if s in "\ra\u0600©":
            kind = {"\r": CONTROL, "\u0600": PREPEND, "©": PICTOGRAPH}.get(s, OTHER)
        elif see("a" + s) == "X":
            kind = EXTEND if see("©" + s + "\u200d©\u0301").endswith("Y\u0301") else SPACING
        elif see(s + "a\u0301") == s + "X\u0301":
            kind = PREPEND
        elif see(s + "\u200d©\u0301").endswith("Y\u0301"):
            kind = PICTOGRAPH
            assert see("©\u200d" + s).startswith("Y\u200d")
        elif see("\u0600" + s) == "Z" + s if len(s.encode()) < 4 else behind(s + marks) == s + "Q":
            kind = CONTROL
        kinds[c] = kind
    return kinds


def isolates(pre_tokenizer):
    see = pre_tokenizer.pre_tokenize_str
    return lambda s: len(see("." + s + ".")) == 3


def properties():
    letter = isolates(pre_tokenizers.Split(Regex(r"\p{L}"), "isolated"))
    number = isolates(pre_tokenizers.Split(Regex(r"\p{N}"), "isolated"))
    numeric = isolates(pre_tokenizers.Digits(individual_digits=True))
    space = isolates(pre_tokenizers.Split(Regex(r"\s"), "isolated"))
    white = pre_tokenizers.WhitespaceSplit().pre_tokenize_str
    strip = normalizers.StripAccents().normalize_str
    kinds = grapheme_kinds()
    for c in ALL:
        s = chr(c)
        assert space(s) == (len(white("." + s + ".")) == 2), f"\\s: U+{c:04X}"
        kinds[c] |= LETTER * letter(s) | NUMBER * number(s) | NUMERIC * numeric(s)
        kinds[c] |= COMBINING * (strip("a" + s) == "a")
    kinds.update({c: OTHER for c in range(0xD800, 0xE000)})
    return [(first, kind) for first, _, kind in runs(kinds)]


def forms():
    """Of each character that decomposes: one step of its canonical decomposition, so that a letter with
    two marks names one with one, or else all of its compatible one."""
    keys, entries = [], []
    for c in ALL:
        s = chr(c)
        if nfkd(s) == s or 0xAC00 <= c <= 0xD7A3:
            assert nfd(s) == s or 0xAC00 <= c <= 0xD7A3
            continue
        whole, kind = nfd(s), CANONICAL
        if whole == s:
            whole, kind = nfkd(s), COMPATIBLE
        else:
            before = nfc(whole[:-1])
            if len(whole) > 1 and len(before) == 1 and nfd(before) + whole[-1] == whole:
                kind = COMPOSES if nfc(whole) == s else CANONICAL
                whole = before + whole[-1]
            assert nfkd(whole) == nfkd(s)
        assert not any(ord(part) < 4 for part in whole)
        keys.append(c)
        entries.append(whole + chr(kind))
    return keys, entries


def escaped(text):
    return "".join(c if " " <= c < "\x7f" and c not in '"\\' else f"\\u{{{ord(c):X}}}" for c in text)


def main():
    kinds = properties()
    keys, entries = forms()
    lines, line = [], ""
    for entry in map(escaped, entries):
        if len(line) + len(entry) > 95:
            lines.append(line)
            line = ""
        line += entry
    lines.append(line)
    text = "".join(f'    "{line}",\n' for line in lines)
    tables = [
        array(["Distances between the code points where the properties change, seven bits a byte, low first."],
              "PROPERTY_STEPS", "u8", steps(first for first, _ in kinds), str),
        array(["The properties from there on: see `Properties`."],
              "PROPERTIES", "u8", [kind for _, kind in kinds], str),
        array(["Distances between the characters that decompose, seven bits a byte, low first."],
              "FORM_STEPS", "u8", steps(keys), str),
        "/// The decompositions of those, each ended by a character that says what it is: 1 canonical, and\n"
        "/// the two parts compose again; 2 canonical; 3 compatible.\n"
        f"#[rustfmt::skip]\npub static FORMS: &str = concat!(\n{text});\n",
    ]
    head = (f"//! Written by tests/reference/tokenizer/make_forms.py from tokenizers {__version__}: how each code point\n"
            "//! decomposes, and what it counts as. Read by `forms` and `properties`.\n\n")
    OUT.write_text(head + "\n".join(tables))
    raw = sum(len(entry.encode()) for entry in entries) + len(steps(keys)) + 2 * len(kinds)
    print(f"{OUT.name}: {len(kinds)} runs, {len(keys)} forms, about {raw} bytes")


main()
