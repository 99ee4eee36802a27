//! Parts of a text by their bytes.

use std::ops::RangeBounds;
use std::slice::SliceIndex;

/// `text[range]`. A range that does not lie between characters, which no caller has, gives nothing:
/// indexing would bring the panic's message, which prints text, and with it 5 KB of code.
pub(super) fn part<R: RangeBounds<usize> + SliceIndex<str, Output = str>>(
    text: &str,
    range: R,
) -> &str {
    let part = text.get(range);
    debug_assert!(part.is_some(), "a part of a text begins or ends inside a character");
    part.unwrap_or_default()
}
