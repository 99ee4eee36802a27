"""Forty texts of our own, from nothing at all to far past 256 word pieces, and the traps between."""

HARBOUR = (
    "The harbour wakes before the town does. Gulls argue over the night's nets, a diesel engine coughs "
    "twice and settles, and the baker's van leaves two warm trays on the chandler's step. By six the ferry "
    "has taken its first forty people across, most of them asleep on their feet, and the tide has turned. "
)

TEXTS = [
    "Hello world",
    "How are you",
    "doctor",
    "physician",
    "banana",
    "A doctor looks after sick people.",
    "The physician treated her patients until midnight.",
    "Bananas ripen faster in a paper bag.",
    "",
    " ",
    "a",
    "?",
    "42",
    "unbelievableness",
    "The train to the coast leaves from platform nine at a quarter past seven.",
    "Why does bread go stale faster in the fridge?",
    "She fixed the leaking tap with a strip of rubber and a great deal of patience.",
    "Error 0x80070057: the parameter is incorrect (see log line 1,204).",
    "let total = items.iter().map(|x| x.price * x.count).sum::<f64>();",
    "https://example.org/a/path?with=query&and=more#part",
    "Don't stop; it's 5 o'clock -- isn't it?",
    "Ein Zug fährt über die Brücke, während Kinder am Ufer spielen.",
    "Où est la bibliothèque, s'il vous plaît ?",
    "El niño soñó con un pingüino en la montaña.",
    "猫は窓辺で眠っている。",
    "我们明天早上去看海。",
    "고양이가 창가에서 잔다.",
    "Кошка спит на подоконнике.",
    "القطة تنام قرب النافذة.",
    "बिल्ली खिड़की के पास सो रही है।",
    "cafe\u0301 na\u00efve \ufb01ancé\u00ad soft\u00adhyphen",
    "zero\u200bwidth\u200djoiner and a\u00a0no-break\u3000wide space",
    "tab\tnew\nline\r\nbell\u0007null\u0000end\ufffd",
    "👩🏽‍🚀 goes to the 🌕, twice! 🇳🇿",
    "\U0001d4de\U0001d4f7\U0001d4ec\U0001d4ee upon a ℌ𝔦𝔩𝔩 İstanbul ǅ ß ẞ Σς",
    "[CLS] is no word, nor is [MASK] or [SEP] [UNK]",
    "x" * 100 + " " + "y" * 101,
    HARBOUR * 2,
    HARBOUR * 5,
    "one two three four five six seven eight nine ten " * 80 + "END",
]
