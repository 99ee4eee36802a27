//! Hangul: syllables, the letters in them, and how they go together.

/// Whether two Hangul characters stand in one syllable: leading consonants, vowels, and trailing
/// consonants, or syllables that have some of these already.
pub fn same_syllable(previous: char, next: char) -> bool {
    let vowel = matches!(next, '\u{1160}'..='\u{11A7}' | '\u{D7B0}'..='\u{D7C6}');
    let tail = matches!(next, '\u{11A8}'..='\u{11FF}' | '\u{D7CB}'..='\u{D7FB}');
    let open =
        matches!(next, '\u{1100}'..='\u{115F}' | '\u{A960}'..='\u{A97C}' | '\u{AC00}'..='\u{D7A3}');
    match previous {
        '\u{1100}'..='\u{115F}' | '\u{A960}'..='\u{A97C}' => open || vowel,
        '\u{AC00}'..='\u{D7A3}' => tail || vowel && (previous as u32 - 0xAC00) % 28 == 0,
        '\u{1160}'..='\u{11A7}' | '\u{D7B0}'..='\u{D7C6}' => vowel || tail,
        '\u{11A8}'..='\u{11FF}' | '\u{D7CB}'..='\u{D7FB}' => tail,
        _ => false,
    }
}

/// The letters of a precomposed syllable, the last one NUL where there are two.
pub fn decompose(c: char) -> Option<[char; 3]> {
    let syllable = (c as u32).checked_sub(0xAC00).filter(|&index| index < 11172)?;
    let part = |base: u32, index: u32| char::from_u32(base + index).unwrap_or('\0');
    let tail = if syllable % 28 == 0 { '\0' } else { part(0x11A7, syllable % 28) };
    Some([part(0x1100, syllable / 588), part(0x1161, syllable / 28 % 21), tail])
}

/// The syllable of a consonant and a vowel, or of such a syllable and a trailing consonant.
pub fn compose(a: char, b: char) -> Option<char> {
    let (a, b) = (a as u32, b as u32);
    match (a, b) {
        (0x1100..=0x1112, 0x1161..=0x1175) => {
            char::from_u32(0xAC00 + (a - 0x1100) * 588 + (b - 0x1161) * 28)
        }
        (0xAC00..=0xD7A3, 0x11A8..=0x11C2) if (a - 0xAC00) % 28 == 0 => {
            char::from_u32(a + (b - 0x11A7))
        }
        _ => None,
    }
}
