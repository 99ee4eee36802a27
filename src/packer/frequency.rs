//! How often a text has each word piece, as far as its vocabulary and the calibration's texts tell.
//!
//! Vocabularies of WordPiece and Unigram stand in the order of frequency, behind special tokens and
//! single characters. Zipf's law then says how frequent a piece is, and texts say it better for
//! those that they have often.

/// Of the piece of rank 1, in one text.
const FIRST: f32 = 1.3;
const MOST: f32 = 0.5;
/// Single letters, digits and signs of ASCII: `a`, the full stop and the comma are among the most
/// frequent pieces of all.
const ASCII: f32 = 0.3;
/// Other single characters: a text in a script of which the vocabulary has only its letters
/// consists of them.
const CHARACTER: f32 = 1e-3;
/// Tokens such as [CLS], of which every text has some.
const SPECIAL: f32 = 1.0;
/// Texts that have to have a piece before their number is taken for its frequency.
const SEEN: f32 = 20.0;
/// What a piece that continues a word begins with, and what one that begins a word does.
const MARKS: [&str; 2] = ["##", "\u{2581}"];

/// What a piece is worth: how often a text has it, or nothing for one that no text can have.
pub fn frequencies(pieces: &[&str], special: &[u32], counts: &[u32], texts: usize) -> Vec<f32> {
    let mut rank = 0;
    let estimate = |(id, piece): (usize, &&str)| {
        if special.contains(&(id as u32)) {
            return if is_unused(piece) { 0.0 } else { SPECIAL };
        }
        if is_unused(piece) {
            return 0.0;
        }
        let seen = counts.get(id).copied().unwrap_or(0) as f32;
        let seen = if seen >= SEEN { (seen / texts as f32).min(SPECIAL) } else { 0.0 };
        seen.max(match single(piece) {
            Some(character) if character.is_ascii() => ASCII,
            Some(_) => CHARACTER,
            None => {
                rank += 1;
                (FIRST / rank as f32).min(MOST)
            }
        })
    };
    pieces.iter().enumerate().map(estimate).collect()
}

/// A place in the vocabulary that was left free for others to fill.
fn is_unused(piece: &str) -> bool {
    let number = piece.strip_prefix("[unused").and_then(|rest| rest.strip_suffix(']'));
    piece.is_empty() || number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
}

/// The character of a piece that has only one.
fn single(piece: &str) -> Option<char> {
    let bare =
        MARKS.iter().find_map(|mark| piece.strip_prefix(mark)).filter(|rest| !rest.is_empty());
    let mut characters = bare.unwrap_or(piece).chars();
    characters.next().filter(|_| characters.next().is_none())
}
