"""Tokenizers that are not BERT's: every model, normaliser, pre-tokeniser and post-processor that the
engine reads, with small vocabularies, so that unknown characters and odd paths are common."""
import base64
import json
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from texts import text

CL100K = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
          r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN = CL100K.replace("{1,3}", "")


def charsmap(entries):
    """A SentencePiece charsmap: a double array with a block of 256 units for each inner node."""
    units, texts, blocks = {}, bytearray(), [1]

    def block():
        blocks[0] += 1
        return (blocks[0] - 1) << 8

    root = {}
    for key, value in entries.items():
        node = root
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[-1] = value

    def place(node, at, label):
        base = block()
        units[at] = label | (-1 in node) << 8 | (base ^ at) << 10
        for byte, child in node.items():
            if byte == -1:
                units[base] = 1 << 31 | len(texts)
                texts.extend(child.encode() + b"\0")
            else:
                place(child, base ^ byte, byte)

    place(root, 0, 0)
    size = blocks[0] << 8
    array = b"".join(units.get(i, 0).to_bytes(4, "little") for i in range(size))
    return len(array).to_bytes(4, "little") + array + bytes(texts)


# Replacements of all kinds: longer, shorter, none, of clusters whole, and white space.
SMALL_MAP = charsmap({
    "\x01": "", "\x7f": "", "\t": " ", "\r": " ", "\n": " ", "\u00a0": " ", "\u200b": " ", "\ufeff": "", "\ufffd": " ",
    "①": "1", "…": "...", "Å": "A\u030a", "e\u0301": "é", "ｶ": "カ", "™": "TM", "A": "a", "\u0301": "´", "☎": "",
})

NORMALIZERS = {
    "charsmap": lambda: normalizers.Precompiled(SMALL_MAP),
    "nfc": normalizers.NFC,
    "nfd": normalizers.NFD,
    "nfkc": normalizers.NFKC,
    "nfkd": normalizers.NFKD,
    "lower": normalizers.Lowercase,
    "accents": lambda: normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
    "nmt": normalizers.Nmt,
    "strip": lambda: normalizers.Sequence([normalizers.Strip(left=True, right=True), normalizers.Prepend("x")]),
    "replace": lambda: normalizers.Sequence([
        normalizers.Replace("``", '"'), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Replace("ab", "é")]),
    "bert": lambda: normalizers.BertNormalizer(strip_accents=True, lowercase=True),
    # As model2vec has it: what BERT's puts around ideographs becomes one space.
    "spaced": lambda: normalizers.Sequence([
        normalizers.BertNormalizer(lowercase=True), normalizers.Replace("!", " ! "),
        normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(left=False, right=True)]),
    "albert": lambda: normalizers.Sequence([
        normalizers.Replace("''", '"'), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(),
        normalizers.Precompiled(SMALL_MAP), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(r"\s+"), "▁")]),
}
meta = lambda scheme="always", split=True: pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
SPLITTERS = {
    "xlm": lambda: pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), meta()]),
    "meta": meta,
    "first": lambda: meta("first"),
    "never": lambda: meta("never"),
    "whole": lambda: meta("always", False),
    "first-whole": lambda: meta("first", False),
    "white": pre_tokenizers.Whitespace,
    "bert": pre_tokenizers.BertPreTokenizer,
    "digits": lambda: pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), meta("first")]),
    "numbers": lambda: pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Digits(individual_digits=False)]),
    "gpt2": lambda: pre_tokenizers.ByteLevel(add_prefix_space=False),
    "roberta": lambda: pre_tokenizers.ByteLevel(add_prefix_space=True),
    "llama3": lambda: pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(CL100K), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
    "qwen": lambda: pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]),
    "gemma": lambda: pre_tokenizers.Split(" ", "merged_with_previous"),
    "clip": lambda: pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"\s+"), "removed"), pre_tokenizers.Punctuation("contiguous")]),
    "none": lambda: None,
}
for behavior in ("isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous"):
    SPLITTERS["punctuation-" + behavior] = lambda behavior=behavior: pre_tokenizers.Sequence(
        [pre_tokenizers.Punctuation(behavior), meta("never")])

# name: model, normaliser, splitter, and flags: b falls back to bytes, p has no trimming, t trims, a has
# added tokens, u has scores that float32 can't hold
CHAINS = {
    "xlm-roberta": ("unigram", "charsmap", "xlm", "a"),
    "static": ("unigram", "charsmap", "xlm", "s"),
    "byte-fallback": ("unigram", "nfkc", "first", "bu"),
    "unigram-nfc": ("unigram", "nfc", "meta", "a"),
    "unigram-nfd": ("unigram", "nfd", "never", ""),
    "unigram-nfkd": ("unigram", "nfkd", "whole", ""),
    "unigram-lower": ("unigram", "lower", "first-whole", "n"),
    "unigram-accents": ("unigram", "accents", "white", "a"),
    "unigram-nmt": ("unigram", "nmt", "digits", ""),
    "unigram-strip": ("unigram", "strip", "numbers", "a"),
    "unigram-replace": ("unigram", "replace", "punctuation-isolated", "n"),
    "unigram-bert": ("unigram", "bert", "bert", ""),
    "unigram-spaced": ("unigram", "spaced", "whole", ""),
    "unigram-trimmed": ("unigram", "albert", "first", "at"),
    "unigram-removed": ("unigram", "charsmap", "punctuation-removed", ""),
    "unigram-previous": ("unigram", "nfc", "punctuation-merged_with_previous", ""),
    "unigram-next": ("unigram", "nfc", "punctuation-merged_with_next", ""),
    "unigram-contiguous": ("unigram", "nfc", "punctuation-contiguous", "b"),
    "gpt2": ("bpe", None, "gpt2", ""),
    "roberta": ("bpe", None, "roberta", "atr"),
    "modernbert": ("bpe", "nfc", "gpt2", "at"),
    "llama3": ("bpe", None, "llama3", "it"),
    "qwen": ("bpe", "nfc", "qwen", "l"),
    "gemma": ("bpe-text", "replace", "gemma", "bf"),
    "clip": ("bpe-text", "lower", "clip", "e"),
    "bpe-prefix": ("bpe-text", "charsmap", "none", "cf"),
    "wordpiece": ("wordpiece", "nfkc", "white", "a"),
}
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def letters(rng):
    ranges = [(0x21, 0x17F), (0x386, 0x3CE), (0x401, 0x45F), (0x5D0, 0x5EA), (0x621, 0x64A), (0x905, 0x94D),
              (0xE01, 0xE3A), (0x3041, 0x30FE), (0x4E00, 0x4E60), (0x1100, 0x11FF), (0x1E00, 0x1EFF), (0x2010, 0x2060),
              (0xAC00, 0xAC40), (0xFF01, 0xFF9F), (0x1F600, 0x1F620), (0x300, 0x345)]
    return [chr(c) for first, last in ranges for c in range(first, last + 1) if rng.random() < 0.4]


def unigram(name, flags):
    rng = random.Random("pieces " + name)
    alphabet = letters(rng)
    pieces = dict.fromkeys(SPECIAL)
    pieces.update(dict.fromkeys(["▁", ".", "..", "▁a", "▁the", "ing", "▁▁", "é", "fi", "1", "12", "́"]))
    for letter in alphabet:
        pieces[letter] = None
    for _ in range(400):
        piece = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz" if rng.random() < 0.8 else alphabet) for _ in range(rng.randint(2, 5)))
        pieces[rng.choice(["▁", "", ""]) + piece] = None
    if "b" in flags:
        pieces.update(dict.fromkeys(f"<0x{byte:02X}>" for byte in range(256)))
    digits = 15 if "u" in flags else 3
    score = lambda piece: 0.0 if piece in SPECIAL else round(-rng.uniform(2, 12) - len(piece) / 3, digits)
    if "u" not in flags:
        # Few values, exact in float32, so that ties are common.
        score = lambda piece: 0.0 if piece in SPECIAL else -rng.randint(8, 40) / 4
    listed = list(pieces)
    unknown = listed.index(".") if "s" in flags else 3
    return models.Unigram([(piece, score(piece)) for piece in listed], unknown, "b" in flags)


def trained(name, splitter, normalizer, flags):
    rng = random.Random("words " + name)
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>" if "f" in flags or "e" in flags else None))
    if splitter:
        tokenizer.pre_tokenizer = splitter
    if normalizer:
        tokenizer.normalizer = normalizer
    byte_level = "ByteLevel" in json.dumps(json.loads(tokenizer.to_str())["pre_tokenizer"])
    extra = {}
    if "c" in flags:
        extra["continuing_subword_prefix"] = "##"
    if "e" in flags:
        extra["end_of_word_suffix"] = "</w>"
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)] if "b" in flags else []
    trainer = trainers.BpeTrainer(
        vocab_size=700, limit_alphabet=300, special_tokens=SPECIAL + bytes_, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if byte_level else [], **extra)
    tokenizer.train_from_iterator([text(rng) for _ in range(1500)] + ["they're the 123 it'll <s> 'sing"] * 30, trainer)
    root = json.loads(tokenizer.to_str())
    model = root["model"]
    model["byte_fallback"], model["fuse_unk"] = "b" in flags, "f" in flags
    model["ignore_merges"] = "i" in flags
    if "l" in flags:
        model["merges"] = [" ".join(pair) for pair in model["merges"] if not any(" " in part for part in pair)]
    return Tokenizer.from_str(json.dumps(root)), model


def build(name):
    """The tokenizer, and its tokenizer.json."""
    kind, normalizer, splitter, flags = CHAINS[name]
    normalizer = normalizer and NORMALIZERS[normalizer]()
    splitter = SPLITTERS[splitter]()
    legacy = None
    if kind.startswith("bpe"):
        tokenizer, legacy = trained(name, splitter, normalizer, flags)
        tokenizer = Tokenizer.from_str(tokenizer.to_str())
    elif kind == "unigram":
        tokenizer = Tokenizer(unigram(name, flags))
    else:
        rng = random.Random("pieces " + name)
        pieces = dict.fromkeys(SPECIAL + [prefix + c for c in letters(rng) for prefix in ("", "##")])
        tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="<unk>", max_input_chars_per_word=20))
    if normalizer:
        tokenizer.normalizer = normalizer
    if splitter:
        tokenizer.pre_tokenizer = splitter
    if "r" in flags:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=True)
    else:
        template = processors.TemplateProcessing(
            single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
        trim = processors.ByteLevel(trim_offsets=True, add_prefix_space="i" in flags)
        tokenizer.post_processor = processors.Sequence([trim, template]) if "t" in flags else template
    tokenizer.add_special_tokens(SPECIAL)
    if "a" in flags:
        tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
        tokenizer.add_tokens([AddedToken("Foo", single_word=True, normalized=False), AddedToken("[x]", rstrip=True, normalized=False)])
    if "n" in flags:
        tokenizer.add_tokens([AddedToken("New york", normalized=True), AddedToken("<q>", lstrip=True, rstrip=True, normalized=True)])
    root = json.loads(tokenizer.to_str())
    if legacy and "l" in flags:
        root["model"]["merges"] = [" ".join(pair) for pair in root["model"]["merges"]]
    return tokenizer, root


def strange(rng):
    """A text of one to four Unicode blocks, or one of those that look for trouble in BERT's."""
    choice = rng.random()
    if choice < 0.35:
        return text(rng)
    blocks = [rng.randrange(0x3400 if rng.random() < 0.9 else 0x110000) & ~0x7F for _ in range(rng.randint(1, 3))]
    blocks += [0x20, 0x60, 0x300] if rng.random() < 0.5 else []
    out = []
    for _ in range(rng.randint(1, 40)):
        c = rng.choice(blocks) + rng.randrange(0x80)
        out.append(" " if 0xD800 <= c < 0xE000 else chr(c))
        if rng.random() < 0.2:
            out.append(rng.choice([" ", "  ", "\u0301", "▁", "\u200d", "<s>", "<mask>", " <mask>", "[x] ", "'ll", "'S", "a", "\x7f", "\r\n", "123"]))
    return "".join(out)
