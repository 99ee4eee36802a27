//! A byte for every code point: the first of them in a list, the others as runs of equal bytes.

/// Code points below this are looked up, those above are searched for.
const LISTED: usize = 0x3000;

/// A byte for every code point. The tables of the package hold the distances between the runs
/// instead, which compress to a third of what this would.
pub struct Runs {
    /// The bytes of the first [`LISTED`] code points.
    listed: Vec<u8>,
    /// Where the byte changes: `first code point << 8 | byte`.
    runs: Vec<u32>,
}

impl Runs {
    /// `steps` holds the distances between the code points where the byte changes, as [`positions`]
    /// reads them, and `values` the byte from each of them on.
    pub fn new(steps: &'static [u8], values: &[u8]) -> Self {
        let mut table = Runs { listed: Vec::new(), runs: Vec::new() };
        for (first, &value) in positions(steps).zip(values) {
            let before = table.runs.last().map_or(0, |&run| run as u8);
            table.listed.resize(LISTED.min(first as usize), before);
            table.runs.push(first << 8 | u32::from(value));
        }
        table
    }

    /// The byte of a code point; 0 before the first run.
    pub fn get(&self, code: u32) -> u8 {
        if let Some(&value) = self.listed.get(code as usize) {
            return value;
        }
        let after = self.runs.partition_point(|&run| run >> 8 <= code);
        after.checked_sub(1).map_or(0, |run| self.runs[run] as u8)
    }
}

/// The sums of distances, which are written seven bits a byte, low first.
pub fn positions(steps: &'static [u8]) -> impl Iterator<Item = u32> {
    let mut at = 0;
    steps.split_inclusive(|&byte| byte < 128).map(move |bytes| {
        at += bytes.iter().rev().fold(0, |distance, &byte| distance << 7 | u32::from(byte & 127));
        at
    })
}
