//! How a pair is cut to a length, as Hugging Face does it.

use crate::Error;

/// Which text of a pair gives up tokens, always from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncation {
    /// The longer one, then both alike.
    LongestFirst,
    /// Only the first.
    OnlyFirst,
    /// Only the second.
    OnlySecond,
}

/// How many tokens of each text remain when both together may have `room`, where the texts have
/// `a` and `b`. A count above `room` need not be exact, unless both are and `how` is `LongestFirst`.
///
/// With `OnlyFirst` and `OnlySecond`, fails when the other text leaves no room for a single token.
pub(super) fn shares(
    a: usize,
    b: usize,
    room: usize,
    how: Truncation,
) -> Result<(usize, usize), Error> {
    if a.saturating_add(b) <= room {
        return Ok((a, b));
    }
    if room == 0 {
        return Ok((0, 0));
    }
    let too_long = |which: &str| {
        Error::state(&format!("the {which} text alone fills the {room} tokens that both may have"))
    };
    match how {
        Truncation::LongestFirst => {
            let short = a.min(b);
            // The longer one yields until both are equal; then both do, and an odd token goes to
            // the one that was longer.
            let (short, long) = if short + short <= room {
                (short, room - short)
            } else {
                (room / 2, room - room / 2)
            };
            Ok(if a > b { (long, short) } else { (short, long) })
        }
        Truncation::OnlyFirst if b >= room => Err(too_long("second")),
        Truncation::OnlyFirst => Ok((room - b, b)),
        Truncation::OnlySecond if a >= room => Err(too_long("first")),
        Truncation::OnlySecond => Ok((a, room - a)),
    }
}
