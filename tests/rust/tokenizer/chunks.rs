//! Long texts in chunks.

use crate::fixture::ALL;
use edgebert::tokenizer::{Chunk, Scratch, Tokenizer};
use wasm_bindgen_test::wasm_bindgen_test;

/// The text of each chunk.
fn chunks(tokenizer: &Tokenizer, text: &str, most: usize, overlap: usize) -> Vec<String> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let chunks = tokenizer.chunk(text, most, usize::MAX, overlap, &mut Scratch::default()).unwrap();
    let slice = |chunk: &Chunk| &units[chunk.start as usize..chunk.end as usize];
    chunks.iter().map(|chunk| String::from_utf16(slice(chunk)).unwrap()).collect()
}

/// A word a token.
fn words() -> Tokenizer {
    let letters: String = ('a'..='z').map(|c| format!("{c}\n##{c}\n")).collect();
    let rest = "0\n1\n2\n.\n!\n,\n\"\n。\n」\n一\n二\n三\ne\u{301}\n";
    let vocabulary = format!("[UNK]\n[CLS]\n[SEP]\none\ntwo\nthree\nfour\nfive\n{letters}{rest}");
    Tokenizer::from_vocab_txt(&vocabulary, None).unwrap()
}

#[wasm_bindgen_test]
fn chunks_end_after_sentences_and_lines_else_after_words() {
    let tokenizer = words();
    let sentences = "One two. Three four five! \"One.\" Two";
    assert_eq!(chunks(&tokenizer, sentences, 9, 0), ["One two. Three four five! ", "\"One.\" Two"]);
    assert_eq!(
        chunks(&tokenizer, "one two\nthree four five one", 6, 0),
        ["one two\n", "three four five one"]
    );
    // A sentence end that leaves less than half a chunk is passed over.
    assert_eq!(
        chunks(&tokenizer, "One. two three four five one two", 8, 0),
        ["One. two three four five ", "one two"]
    );
    // An initial ends no sentence, and neither does a full stop within a number.
    assert_eq!(
        chunks(&tokenizer, "one two J. five 0.1 one two", 7, 0),
        ["one two J. five ", "0.1 one two"]
    );
    assert_eq!(chunks(&tokenizer, "一二。一二」三", 6, 0), ["一二。", "一二」三"]);
    assert_eq!(chunks(&tokenizer, "「一二。」三一", 7, 0), ["「一二。」", "三一"]);
    assert_eq!(chunks(&tokenizer, "  one two  ", 4, 0), ["  one two  "]);
    assert_eq!(chunks(&tokenizer, "one two three", 3, 0), ["one ", "two ", "three"]);
    assert_eq!(chunks(&tokenizer, "", 5, 0), [] as [&str; 0]);
    assert_eq!(chunks(&tokenizer, " \n ", 5, 0), [" \n "]);
}

#[wasm_bindgen_test]
fn neighbours_share_whole_words() {
    let tokenizer = words();
    let text = "one two three four five one two";
    assert_eq!(
        chunks(&tokenizer, text, 5, 1),
        ["one two three ", "three four five ", "five one two"]
    );
    // `xyz` has three tokens, too many to share.
    assert_eq!(chunks(&tokenizer, "one xyz two three", 6, 2), ["one xyz ", "two three"]);
    // With `one` shared there is no room for `xyz`: that chunk shares nothing.
    assert_eq!(chunks(&tokenizer, "two one xyz", 5, 1), ["two one ", "xyz"]);
}

#[wasm_bindgen_test]
fn words_that_are_too_long_are_cut_but_no_character_is() {
    let tokenizer = words();
    assert_eq!(chunks(&tokenizer, "one pqrstu two", 5, 0), ["one ", "pqr", "stu ", "two"]);
    let text = "pq\u{301}rs\u{301}\u{302}tu";
    assert_eq!(chunks(&tokenizer, text, 5, 0), ["pq\u{301}r", "s\u{301}\u{302}tu"]);
    assert_eq!(chunks(&tokenizer, text, 3, 0), ["p", "q\u{301}", "r", "s\u{301}\u{302}", "t", "u"]);
    // A family, two flags and a syllable stay whole; they are unknown words, a token each.
    let text = "👩‍👩‍👧, 🇫🇷🇩🇪, 각";
    assert_eq!(chunks(&tokenizer, text, 3, 0).concat(), text);
}

/// Where accents are kept, marks are tokens.
#[wasm_bindgen_test]
fn marks_stay_with_their_letter() {
    let vocabulary = "[UNK]\n[CLS]\n[SEP]\nq\nqr\n##q\n##r\n##\u{301}\n##\u{302}";
    let config = r#"{"strip_accents": false}"#;
    let tokenizer = Tokenizer::from_vocab_txt(vocabulary, Some(config)).unwrap();
    let text = "q\u{301}q\u{301}\u{302}q";
    assert_eq!(chunks(&tokenizer, text, 7, 0), ["q\u{301}q\u{301}\u{302}", "q"]);
    assert_eq!(chunks(&tokenizer, text, 6, 0), ["q\u{301}", "q\u{301}\u{302}q"]);
    // `qr` is one token; the last letter goes to its marks.
    assert_eq!(chunks(&tokenizer, "qr\u{301}", 3, 0)[..1], ["q"]);
    // What does not fit alone is cut all the same.
    assert_eq!(chunks(&tokenizer, "q\u{301}\u{302}", 4, 0)[..1], ["q\u{301}"]);
}

/// Models that cut texts by characters first get chunks of no more.
#[wasm_bindgen_test]
fn chunks_have_no_more_characters_than_they_may() {
    let tokenizer = words();
    let within = |text: &str, most: usize, overlap: usize| -> Vec<String> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let chunks = tokenizer.chunk(text, 20, most, overlap, &mut Scratch::default()).unwrap();
        let slice = |chunk: &Chunk| &units[chunk.start as usize..chunk.end as usize];
        chunks.iter().map(|chunk| String::from_utf16(slice(chunk)).unwrap()).collect()
    };
    assert_eq!(within("one two three four", 18, 0), ["one two three four"]);
    assert_eq!(within("one two three four", 17, 0), ["one two three ", "four"]);
    assert_eq!(within("one two three four", 8, 0), ["one two ", "three ", "four"]);
    assert_eq!(within("one two three four", 9, 1), ["one two ", "two three", "three ", "four"]);
    // Unknown words are a token each, however long; white space is none.
    assert_eq!(within("éééééééé one", 3, 0).concat(), "éééééééé one");
    assert_eq!(within("          one", 4, 0), ["    ", "    ", "  on", "e"]);
    assert_eq!(within("👩👩👩👩👩", 2, 0), ["👩👩", "👩👩", "👩"]);
    for most in 1..30 {
        for overlap in [0, 1, 5] {
            let text = "one, two\u{301}. \"three\" four!   five 0.1\n\n一二三。 👩‍👩‍👧 pqrstu";
            let chunks = within(text, most, overlap);
            assert!(chunks.iter().all(|chunk| chunk.chars().count() <= most), "{most}: {chunks:?}");
            assert!(overlap > 0 || chunks.concat() == text, "{most}: {chunks:?}");
        }
    }
}

#[wasm_bindgen_test]
fn limits_that_leave_no_room_are_refused() {
    let tokenizer = words();
    let mut scratch = Scratch::default();
    for (most, overlap, message) in [
        (0, 0, "`maxTokens` is 0 (it must be at least 3)"),
        (2, 0, "`maxTokens` is 2 (it must be at least 3)"),
        (5, 3, "`overlap` is 3 (with 5 tokens it must be less than 3)"),
        (5, usize::MAX, "`overlap` is"),
    ] {
        let error = tokenizer.chunk("one", most, usize::MAX, overlap, &mut scratch).unwrap_err();
        assert_eq!(error.code(), "unsupported");
        assert!(error.to_string().contains(message), "{error}");
    }
    assert_eq!(
        tokenizer.chunk("one", usize::MAX, usize::MAX, 7, &mut scratch).unwrap(),
        [Chunk { start: 0, end: 3 }]
    );
    // Three letters of one syllable, and room for two.
    let jamo = Tokenizer::from_vocab_txt(
        "[UNK]\n[CLS]\n[SEP]\n\u{1100}\n##\u{1161}\n##\u{11A8}\n가",
        None,
    )
    .unwrap();
    let error = jamo.chunk("각", 4, usize::MAX, 0, &mut scratch).unwrap_err();
    assert!(error.to_string().contains("4 (too few for the character at 0)"), "{error}");
    assert_eq!(chunks(&jamo, "각 각", 5, 0), ["각 ", "각"]);
}

#[wasm_bindgen_test]
fn chunks_of_random_texts_fit_and_cover() {
    let mut scratch = Scratch::default();
    let (mut made, mut asked) = (0, 0);
    for built in ALL {
        let tokenizer = built.tokenizer();
        for (index, case) in built.cases().iter().enumerate() {
            let most = [5, 8, 13, 40][index % 4];
            let overlap = [0, 1, most / 3, most - 3][index / 4 % 4];
            asked += 1;
            made += u32::from(check(&tokenizer, &case.text, most, overlap, &mut scratch));
        }
    }
    // The few that are refused have a character of more tokens than fit.
    assert!(made * 10 > asked * 9, "{made} of {asked}");
}

/// Whatever the text is: chunks in order, without gaps, none too long, overlaps not either. Returns
/// whether there were chunks: limits that leave too little room are refused.
pub fn check(
    tokenizer: &Tokenizer,
    text: &str,
    most: usize,
    overlap: usize,
    scratch: &mut Scratch,
) -> bool {
    let units: Vec<u16> = text.encode_utf16().collect();
    let chunks = match tokenizer.chunk(text, most, usize::MAX, overlap, scratch) {
        Ok(chunks) => chunks,
        Err(error) => {
            assert_eq!(error.code(), "unsupported", "{error}");
            return false;
        }
    };
    let mut count = |start: u32, end: u32| {
        let slice = String::from_utf16(&units[start as usize..end as usize]);
        tokenizer.count(&slice.expect("a surrogate pair is cut"), scratch)
    };
    let mut before = Chunk { start: 0, end: 0 };
    for (index, &chunk) in chunks.iter().enumerate() {
        let what = format!("chunk {index} of {text:?}, at most {most}, overlap {overlap}");
        assert!(chunk.end > before.end && chunk.start <= before.end, "{what}");
        assert!(index == 0 || chunk.start > before.start, "{what}");
        assert!(count(chunk.start, chunk.end) <= most, "{what}");
        if index > 0 {
            assert!(
                count(chunk.start, before.end) <= overlap + tokenizer.special_tokens(),
                "{what}"
            );
        }
        before = chunk;
    }
    assert_eq!(before.end as usize, units.len());
    true
}
