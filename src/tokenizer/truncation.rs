//! How a pair is cut to a length: from the ends, the longer text first, as Hugging Face does it.

/// How many tokens of each text remain when both together may have `room`, where the texts have
/// `a` and `b`. A count above `room` need not be exact, unless both are.
pub(super) fn shares(a: usize, b: usize, room: usize) -> (usize, usize) {
    if a.saturating_add(b) <= room {
        return (a, b);
    }
    let short = a.min(b);
    // The longer one yields until both are equal. Then both do, and an odd token goes to the one
    // that was longer.
    let (short, long) =
        if short + short <= room { (short, room - short) } else { (room / 2, room - room / 2) };
    if a > b { (long, short) } else { (short, long) }
}
