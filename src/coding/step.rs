//! The distance between a row's quantised values, in eighths of an octave.
//!
//! A row's step is one byte: `step = 2^(code / 8 - 24)`, from 6.0e-8 to 234. A step on this grid is
//! at most
//! 4.4 % from the one that was wanted, which costs no measurable quality: the sizes of steps follow
//! the square root of a sensitivity that is itself an estimate.

/// 2^(i / 8), rounded to float32.
const EIGHTHS: [f32; 8] = [
    1.0,
    1.090_507_7,
    1.189_207_1,
    1.296_839_6,
    std::f32::consts::SQRT_2,
    1.542_210_8,
    1.681_792_9,
    1.834_008_1,
];
const LOWEST_EXPONENT: u32 = 24;
const EXPONENT_BIAS: u32 = 127;
const FRACTION_BITS: u32 = 23;

/// The step that a code stands for. Exact: a constant times a power of two.
pub fn value(code: u8) -> f32 {
    let exponent = u32::from(code / 8) + EXPONENT_BIAS - LOWEST_EXPONENT;
    EIGHTHS[usize::from(code % 8)] * f32::from_bits(exponent << FRACTION_BITS)
}

/// [`value`] as [`nearest_bfloat16`], at most 0.4 % away: the step of rows whose scales are held in that.
pub fn bfloat16(code: u8) -> f32 {
    nearest_bfloat16(value(code))
}

/// The number of bfloat16 that is nearest to `x`, which is positive.
pub fn nearest_bfloat16(x: f32) -> f32 {
    f32::from_bits((x.to_bits() + 0x8000) & 0xffff_0000)
}

/// The code whose step is nearest to `step`, by their ratio.
pub fn nearest(step: f32) -> u8 {
    let above = at_least(step);
    match above.checked_sub(1) {
        Some(below) if step / value(below) < value(above) / step => below,
        _ => above,
    }
}

/// The lowest code whose step is no less than `step`, or the highest of all.
pub fn at_least(step: f32) -> u8 {
    (0..=u8::MAX).find(|&code| value(code) >= step).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::test;

    test! {
        fn steps_are_eighths_of_an_octave() {
            for code in 0..=u8::MAX {
                let exact = 2f64.powf(f64::from(code) / 8.0 - 24.0);
                assert!((f64::from(value(code)) / exact - 1.0).abs() < 1e-7, "{code}");
                assert_eq!((nearest(value(code)), at_least(value(code))), (code, code));
            }
        }

        fn steps_in_bfloat16_are_the_nearest_and_rise() {
            for code in 0..=u8::MAX {
                let step = bfloat16(code);
                assert_eq!(step.to_bits() & 0xffff, 0);
                assert!((step / value(code) - 1.0).abs() <= 1.0 / 256.0, "{code}");
                assert!(code == 0 || step > bfloat16(code - 1), "{code}");
            }
        }

        fn codes_surround_what_they_stand_for() {
            assert_eq!((nearest(0.0), at_least(0.0)), (0, 0));
            assert_eq!((nearest(1e9), at_least(f32::INFINITY)), (255, 255));
            for code in 1..=u8::MAX {
                let between = value(code - 1) * 1.06;
                assert_eq!(nearest(between), code);
                assert_eq!(nearest(value(code - 1) * 1.03), code - 1);
                assert_eq!(at_least(value(code - 1) * 1.000_01), code);
            }
        }
    }
}
