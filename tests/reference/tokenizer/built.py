"""The tokenizers that the comparison is made with. Between them they have every option of BERT's
tokenizers, and added tokens with every flag."""
import random

from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

# name → options of the normaliser
OPTIONS = {
    "uncased": dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True),
    "cased": dict(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=False),
    "accents": dict(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=True),
    "unsplit": dict(clean_text=True, handle_chinese_chars=False, strip_accents=None, lowercase=True),
    "stripped": dict(clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=False),
    "raw": dict(clean_text=False, handle_chinese_chars=True, strip_accents=True, lowercase=True),
}

# content → flags: single_word, lstrip, rstrip, normalized, special
ADDED = {
    "uncased": [],
    "cased": [("<ent>", "s"), ("<ent2>", "l"), ("</ent>", "r"), ("<b>", "lr"), ("Müller", "s"), ("日本", ""), (" ", "x")],
    "accents": [("Foo", "n"), ("foobar", "ns"), ("É", "n"), ("new york", "nl"), ("[x]", "nrx"), ("ℵ", "x"), ("ab", "s")],
    "unsplit": [("[MASK]", "lx"), ("[a]", "lrsx"), ("[a] ", ""), ("[[", ""), ("漢", "n"), ("é", "n"), ("e\u0301", "")],
    "stripped": [("<a>", "n"), ("<A>", "ns"), ("Ñ", "nlr"), ("\u0301", ""), ("x\u0301y", "")],
    "raw": [("\t", ""), ("\u00a0", "lr"), ("a\tb", "n"), ("ＡＢ", "s"), ("😀", "r"), ("·", "n")],
}


def small_vocabulary(name):
    """About 1,900 pieces: letters of many scripts, most alone and some in twos and threes."""
    rng = random.Random("vocabulary " + name)
    ranges = [(0x21, 0x17F), (0x1A0, 0x24F), (0x386, 0x3CE), (0x401, 0x45F), (0x5D0, 0x5EA), (0x621, 0x64A),
              (0x905, 0x939), (0x3041, 0x30FE), (0x4E00, 0x4E60), (0x1100, 0x11FF), (0x1E00, 0x1EFF),
              (0x2010, 0x2060), (0xAC00, 0xAC40), (0xFF01, 0xFF5E), (0x1F600, 0x1F620), (0x300, 0x345)]
    letters = [chr(c) for first, last in ranges for c in range(first, last + 1)]
    pieces = dict.fromkeys(SPECIAL)
    for letter in letters:
        if rng.random() < 0.5:
            pieces[letter] = None
        if rng.random() < 0.4:
            pieces["##" + letter] = None
    ascii_letters = "abcdefghijklmnopqrstuvwxyz" + ("" if name in ("uncased", "accents", "raw") else "AEIOSTN")
    pieces.update(dict.fromkeys(ascii_letters))
    pieces.update(dict.fromkeys("##" + letter for letter in ascii_letters))
    for _ in range(500):
        piece = "".join(rng.choice(ascii_letters if rng.random() < 0.8 else letters) for _ in range(rng.randint(2, 4)))
        pieces[rng.choice(["", "##"]) + piece] = None
    return list(pieces)


def whole_vocabulary(_):
    """Every code point as a word and as the rest of one, so that no difference hides in [UNK]."""
    points = [chr(c) for c in range(0x20, 0x30000) if not 0xD800 <= c < 0xE000]
    return list(dict.fromkeys(SPECIAL + points + ["##" + c for c in points]))


def build(name, vocabulary):
    pieces = {piece: i for i, piece in enumerate(vocabulary(name))}
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]", max_input_chars_per_word=100 if name != "raw" else 12))
    tokenizer.normalizer = normalizers.BertNormalizer(**OPTIONS[name])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    cls, sep = pieces["[CLS]"], pieces["[SEP]"]
    if name == "cased":
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", sep), ("[CLS]", cls))
    else:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)])
    tokenizer.add_special_tokens(SPECIAL)
    for content, flags in ADDED[name]:
        token = AddedToken(content, single_word="s" in flags, lstrip="l" in flags, rstrip="r" in flags,
                           normalized="n" in flags, special="x" in flags)
        (tokenizer.add_special_tokens if "x" in flags else tokenizer.add_tokens)([token])
    return tokenizer


def expected(tokenizer, text):
    """Ids, and offsets in UTF-16 code units, flat."""
    encoding = tokenizer.encode(text)
    units = [0]
    for c in text:
        units.append(units[-1] + (2 if ord(c) > 0xFFFF else 1))
    return encoding.ids, [units[at] for offset in encoding.offsets for at in offset]
