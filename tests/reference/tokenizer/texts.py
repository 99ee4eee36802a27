"""Random texts that look for trouble."""
import random

from built import ADDED, SPECIAL

WORDS = """the quick brown fox jumps over a lazy dog while Naïve Zoë sips café au lait near Kraków; der Straße
entlang fährt ein Bücherbus, Ελληνικά ΟΔΥΣΣΕΥΣ русский ТЕКСТ עברית العربية हिन्दी ภาษาไทย 日本語の文章 한국어 조선말
中文字符 İstanbul ırmak ﬁne ﬂow ǅungla Ångström ÅNGSTRÖM unbelievable antidisestablishmentarianism 12,345.67 $9.99
e-mail@example.org C++ C# don't l'été rock'n'roll 50% #tag @user 3rd ½ x² H₂O → ∞ ≠ … “quoted” ‘it’ «là» ¿qué? ¡sí!""".split()
SPACES = " \t\n\r\u00a0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u000b\u000c\u0085\u001c\u001f"
ODD = "\u0000\ufffd\u200b\u200c\u200d\u2060\ufeff\u00ad\u061c\ufe0f\ue000\U000f0000\u0007\u009f\ufff9\U000e0001"
MARKS = [chr(c) for first, last in ((0x300, 0x36F), (0x483, 0x489), (0x591, 0x5C7), (0x64B, 0x65F), (0x900, 0x903),
         (0x93C, 0x94D), (0xE34, 0xE4E), (0xF71, 0xF84), (0x1AB0, 0x1ACE), (0x1DC0, 0x1DFF), (0x20D0, 0x20F0),
         (0x302A, 0x302F), (0xA66F, 0xA67D), (0x1D165, 0x1D172), (0x1E130, 0x1E136), (0x1E8D0, 0x1E8D6), (0x16FF0, 0x16FF1))
         for c in range(first, last + 1)]
LETTERS = "aeiouAEIOUnNcCyYsSzZąÅéÉñüÜǖḗṩΐᾳйЙї\u0b94\u0bca\u09cb\u0ddd각똠\ufb2c\U0001d15e\U0001109a\u0f73\u0344\u212b\u2126"


def block(rng):
    """Code points from one stretch of 128."""
    while True:
        start = rng.choice([rng.randrange(0, 0x3400), rng.randrange(0, 0x10000), rng.randrange(0x10000, 0x20000),
                            rng.randrange(0, 0x110000)]) & ~127
        if not 0xD800 <= start < 0xE000:
            return start


def from_blocks(rng):
    parts = []
    for _ in range(rng.randint(1, 4)):
        start = block(rng)
        parts.append("".join(chr(start + rng.randrange(128)) for _ in range(rng.randint(1, 12))))
    return rng.choice(["", " ", "-", "a"]).join(parts)


def anywhere(rng):
    points = (rng.choice([rng.randrange(0x250), rng.randrange(0x3000), rng.randrange(0x110000)]) for _ in range(rng.randint(1, 24)))
    return "".join(chr(c) for c in points if not 0xD800 <= c < 0xE000)


def marked(rng):
    """Letters under heaps of marks, in no canonical order."""
    out = []
    for _ in range(rng.randint(1, 6)):
        out.append(rng.choice(LETTERS + " -" + WORDS[rng.randrange(len(WORDS))]))
        out += rng.choices(MARKS, k=rng.choice([0, 1, 2, 3, 8, rng.randint(0, 30)]))
    return "".join(out)


def tokens(rng):
    """Added tokens, whole or not, in all kinds of company."""
    known = SPECIAL + [content for added in ADDED.values() for content, _ in added]
    out = []
    for _ in range(rng.randint(1, 10)):
        token = rng.choice(known)
        kind = rng.random()
        if kind < 0.5:
            out.append(token)
        elif kind < 0.6:
            out.append(token[: rng.randint(1, len(token))])
        elif kind < 0.7:
            out.append(token.swapcase())
        elif kind < 0.8:
            out.append("".join(rng.choices(SPACES, k=rng.randint(1, 3))))
        else:
            out.append(rng.choice([rng.choice(WORDS), rng.choice("a_1.-é中"), rng.choice(MARKS), rng.choice(ODD)]))
    return "".join(out)


def sentence(rng, words):
    out = []
    for _ in range(words):
        word = rng.choice(WORDS)
        change = rng.random()
        if change < 0.1:
            at = rng.randrange(len(word) + 1)
            word = word[:at] + rng.choice([rng.choice(ODD), rng.choice(MARKS), rng.choice(SPACES), chr(block(rng) + rng.randrange(128))]) + word[at:]
        elif change < 0.2:
            word = rng.choice([word.upper(), word.lower(), word.title(), word * rng.randint(2, 9), word[::-1]])
        elif change < 0.24:
            word = tokens(rng)
        out.append(word + (rng.choice(SPACES) if rng.random() < 0.1 else " " if rng.random() < 0.9 else ""))
    return "".join(out)


def text(rng):
    kind = rng.random()
    if kind < 0.25:
        return from_blocks(rng)
    if kind < 0.4:
        return anywhere(rng)
    if kind < 0.55:
        return marked(rng)
    if kind < 0.75:
        return tokens(rng)
    if kind < 0.98:
        return sentence(rng, rng.randint(1, 12))
    return sentence(rng, rng.randint(50, 400))
