//! SentencePiece's `Precompiled` normaliser: a trie of replacements, in a format of its own.

use super::text::{Rewriter, Text};
use crate::tokenizer::unicode::properties::Clusters;

/// Clusters of this many bytes and more are not looked up whole.
const LONG: usize = 6;

/// The trie and the texts that its values point into.
pub struct Charsmap {
    units: Vec<u32>,
    texts: String,
    /// ASCII characters that stay what they are.
    plain: [bool; 128],
}

impl Charsmap {
    /// Reads the decoded map: the trie's length in bytes, its units, then texts ended by NULs.
    /// `None` if it is damaged.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (units, texts) = rest.split_at_checked(u32::from_le_bytes(*length) as usize / 4 * 4)?;
        let unit = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let units = units.chunks_exact(4).map(unit).collect();
        let texts = std::str::from_utf8(texts).ok()?.to_owned();
        let mut map = Charsmap { units, texts, plain: [false; 128] };
        // A carriage return may be one cluster with a line feed.
        map.plain = std::array::from_fn(|byte| byte != 13 && map.get(&[byte as u8]).is_none());
        Some(map)
    }

    /// What replaces a text: the value of its shortest beginning that has one.
    fn get(&self, text: &[u8]) -> Option<&str> {
        let offset = |unit: u32| (unit >> 10) << ((unit & 1 << 9) >> 6);
        let mut at = offset(*self.units.first()?);
        for &byte in text {
            if byte == 0 {
                return None;
            }
            at ^= u32::from(byte);
            let unit = *self.units.get(at as usize)?;
            if unit & (1 << 31 | 0xFF) != u32::from(byte) {
                return None;
            }
            at ^= offset(unit);
            if unit >> 8 & 1 == 1 {
                let value = self.units.get(at as usize)? & !(1 << 31);
                let text = self.texts.get(value as usize..)?;
                return Some(&text[..text.find('\0').unwrap_or(text.len())]);
            }
        }
        None
    }

    /// Whether a character stays what it is.
    pub fn keeps(&self, c: char) -> bool {
        self.get(c.encode_utf8(&mut [0; 4]).as_bytes()).is_none()
    }

    /// Normalises a text. Returns false if what it begins with has vanished while spans are kept:
    /// the spans of all that follows are those of earlier characters then, to the end of the text.
    pub fn apply(&self, text: &mut Text, next: &mut Text) -> bool {
        let mut in_step = true;
        let mut out = Rewriter::new(text, next);
        let mut at = 0;
        while at < text.text.len() {
            let plain = self.plain_run(&text.text.as_bytes()[at..]);
            if plain > 0 {
                out.copy(at, at + plain);
                at += plain;
            }
            // The next clusters, up to where plain ASCII begins again.
            for cluster in Clusters::new(&text.text[at..]) {
                at += cluster.len();
                in_step &= self.replace(cluster, &mut out);
                if self.plain_run(&text.text.as_bytes()[at..]) > 0 {
                    break;
                }
            }
        }
        out.finish();
        text.replace_by(next);
        in_step || text.spans.is_empty()
    }

    /// How many bytes of a text are ASCII that stays what it is, and that no mark follows.
    fn plain_run(&self, text: &[u8]) -> usize {
        let plain = |byte: &u8| self.plain.get(*byte as usize).is_some_and(|&plain| plain);
        let length = text.iter().take_while(|byte| plain(byte)).count();
        match text.get(length) {
            Some(byte) if !byte.is_ascii() => length.saturating_sub(1),
            _ => length,
        }
    }

    fn replace(&self, cluster: &str, out: &mut Rewriter<'_>) -> bool {
        if cluster.len() < LONG {
            if let Some(new) = self.get(cluster.as_bytes()) {
                return out.replace(cluster.chars().count() as i32, new);
            }
        }
        let mut in_step = true;
        for c in cluster.chars() {
            match self.get(c.encode_utf8(&mut [0; 4]).as_bytes()) {
                Some(new) => in_step &= out.replace(1, new),
                None => out.push(c, 0),
            }
        }
        in_step
    }
}
