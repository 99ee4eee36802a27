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

/// How many tokens of each text remain when both together may have `room`.
///
/// `a` and `b` may be lower bounds, as long as they are more than `room` where the true count is.
/// With `OnlyFirst` and `OnlySecond`, fails when the other text leaves no room for a single token.
pub(super) fn shares(
    a: usize,
    b: usize,
    room: usize,
    how: Truncation,
) -> Result<(usize, usize), Error> {
    if a + b <= room {
        return Ok((a, b));
    }
    if room == 0 {
        return Ok((0, 0));
    }
    let too_long = |which: &str, other: usize| {
        Error::State {
        reason: format!("the {which} text has {other} tokens and leaves no room for the one to truncate: {room} fit"),
    }
    };
    match how {
        Truncation::LongestFirst => {
            let (short, long) = (a.min(b), a.max(b));
            // The longer one yields until both are equal; then both do, and an odd token goes to
            // the one that was longer.
            let (short, long) = if short + short <= room && short <= long {
                (short, room - short)
            } else {
                (room / 2, room - room / 2)
            };
            Ok(if a > b { (long, short) } else { (short, long) })
        }
        Truncation::OnlyFirst if b >= room => Err(too_long("second", b)),
        Truncation::OnlyFirst => Ok((room - b, b)),
        Truncation::OnlySecond if a >= room => Err(too_long("first", a)),
        Truncation::OnlySecond => Ok((a, room - a)),
    }
}
