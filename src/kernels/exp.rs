//! exp of four float32 at once, and 2ˣ with less to do.
//!
//! x = n · ln 2 + r with |r| ≤ ln 2 / 2; a polynomial of degree 5 gives exp(r) and n goes into the
//! exponent's bits. The coefficients are the minimax fit (Remez) for relative error on that
//! interval; the polynomial's own error is 7.5e-8, and with rounding the result stays within
//! 3e-7 of exp, relatively (tested over the whole range).

use crate::quantize::MAGIC;
use crate::vector::{F32x4, I32x4};
use core::hint::black_box;

/// Below this exp is no normal float32; such lanes count as this one (1.2e-38).
const LOWEST: f32 = -87.3;
/// Above this exp overflows; such lanes count as this one.
const HIGHEST: f32 = 88.3;
/// ln 2 in two parts, the first short enough that its products with n are exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
const POLYNOMIAL: [f32; 6] =
    [1.0, 0.999_999_7, 0.499_988_94, 0.166_675_75, 0.041_915_383, 0.008_297_655];

/// exp of four lanes.
///
/// Its constants are values here, made once before a loop. Left to the compilers they would be made
/// again in each turn, of three instructions each: rustc moves constants into loops, and V8 leaves them
/// there. GELU, which has most of them, takes half the time so.
pub struct Exp {
    range: [F32x4; 2],
    log2_e: F32x4,
    ln2: [F32x4; 2],
    magic: F32x4,
    polynomial: [F32x4; 6],
    bias: I32x4,
}

impl Exp {
    /// The constants, in registers.
    #[inline(always)]
    pub fn prepared() -> Self {
        let (range, log2_e, ln2, polynomial, bias) = black_box(&(
            [LOWEST, HIGHEST],
            std::f32::consts::LOG2_E,
            [LN2_HIGH, LN2_LOW],
            POLYNOMIAL,
            127,
        ));
        Exp {
            range: range.map(F32x4::splat),
            log2_e: F32x4::splat(*log2_e),
            ln2: ln2.map(F32x4::splat),
            magic: *black_box(&MAGIC),
            polynomial: polynomial.map(F32x4::splat),
            bias: I32x4::splat(*bias),
        }
    }

    /// exp of each lane; NaN gives NaN.
    #[inline(always)]
    pub fn of(&self, x: F32x4) -> F32x4 {
        let ([lowest, highest], [ln2_high, ln2_low]) = (self.range, self.ln2);
        // In this order of arguments a NaN passes both.
        let x = x.pmax(lowest).pmin(highest);
        let shifted = x * self.log2_e + self.magic;
        let n = shifted - self.magic;
        let r = x - n * ln2_high - n * ln2_low;
        let mut value = self.polynomial[5];
        for &coefficient in self.polynomial[..5].iter().rev() {
            value = value * r + coefficient;
        }
        let exponent = (shifted.to_bits() + self.bias).shifted_left(23);
        value * exponent.as_f32()
    }
}

/// Below this 2ˣ is no normal float32; such lanes count as this one (1.2e-38).
const LOWEST_POWER: f32 = -126.0;
/// The minimax fit for relative error on ±1/2 among those that are 1 at 0; its error is 2.9e-6.
const POWER_POLYNOMIAL: [f32; 5] = [1.0, 0.693_124_2, 0.240_240_99, 0.055_906_426, 0.009_582_853];

/// 2ˣ of four lanes that are at most 0: within 3.2e-6, relatively, and never above 1 (tested). It
/// takes half the time of [`Exp`], and has its constants as that has.
pub struct Exp2 {
    lowest: F32x4,
    magic: F32x4,
    polynomial: [F32x4; 5],
}

impl Exp2 {
    /// The constants, in registers.
    #[inline(always)]
    pub fn prepared() -> Self {
        let (lowest, polynomial) = black_box(&(LOWEST_POWER, POWER_POLYNOMIAL));
        Exp2 {
            lowest: F32x4::splat(*lowest),
            magic: *black_box(&MAGIC),
            polynomial: polynomial.map(F32x4::splat),
        }
    }

    /// 2ˣ of each lane.
    #[inline(always)]
    pub fn of(&self, x: F32x4) -> F32x4 {
        let x = x.pmax(self.lowest);
        let shifted = x + self.magic;
        let fraction = x - (shifted - self.magic);
        let mut value = self.polynomial[4];
        for &coefficient in self.polynomial[..4].iter().rev() {
            value = value * fraction + coefficient;
        }
        // 1/2 to √2, so adding to its exponent's bits multiplies.
        (value.to_bits() + shifted.to_bits().shifted_left(23)).as_f32()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// `f` of four numbers, each in all of the lanes by turns: they must not depend on each other.
    fn in_every_lane(f: impl Fn(F32x4) -> F32x4, mut x: [f32; 4], mut check: impl FnMut(f32, f32)) {
        for _ in 0..4 {
            let found = f(F32x4::new(x)).to_array();
            x.iter().zip(found).for_each(|(&x, found)| check(x, found));
            x.rotate_left(1);
        }
    }

    fn lane(x: f32) -> f32 {
        Exp::prepared().of(F32x4::splat(x)).to_array()[2]
    }

    #[wasm_bindgen_test]
    fn stays_within_the_stated_error() {
        let exp = Exp::prepared();
        let mut x = -87.2f32;
        while x < 88.2 - 4.0 * 0.00137 {
            let four = [0, 1, 2, 3].map(|lane| x + lane as f32 * 0.00137);
            in_every_lane(
                |x| exp.of(x),
                four,
                |x, found| {
                    let exact = f64::from(x).exp();
                    let error = (f64::from(found) - exact).abs() / exact;
                    assert!(error <= 3e-7, "exp({x}) is off by {error}");
                },
            );
            x += 4.0 * 0.00137;
        }
    }

    #[wasm_bindgen_test]
    fn ends_of_the_range() {
        assert_eq!(lane(0.0), 1.0);
        assert!(lane(-1e4) >= 0.0 && lane(-1e4) < 1.3e-38);
        assert!(lane(f32::NEG_INFINITY) < 1.3e-38);
        assert!(lane(1e4).is_finite() && lane(1e4) > 1e38);
        assert!(lane(f32::NAN).is_nan());
    }

    #[wasm_bindgen_test]
    fn powers_of_two_stay_within_the_stated_error_and_below_one() {
        let exp2 = Exp2::prepared();
        let mut x = 0.0f32;
        while x > -125.9 + 4.0 * 0.00137 {
            let four = [0, 1, 2, 3].map(|lane| x - lane as f32 * 0.00137);
            in_every_lane(
                |x| exp2.of(x),
                four,
                |x, found| {
                    let exact = f64::from(x).exp2();
                    let error = (f64::from(found) - exact).abs() / exact;
                    assert!(error <= 3.2e-6 && found <= 1.0, "exp2({x}) is {found}");
                },
            );
            x -= 4.0 * 0.00137;
        }
        let power = |x: f32| exp2.of(F32x4::splat(x)).to_array()[1];
        assert_eq!((power(0.0), power(-0.0), power(-1.0)), (1.0, 1.0, 0.5));
        assert!(power(-1e30) < 1.3e-38 && power(f32::NEG_INFINITY) > 0.0);
    }
}
