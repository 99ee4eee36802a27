//! exp of four float32 at once, and 2ˣ with less to do.
//!
//! x = n · ln 2 + r with |r| ≤ ln 2 / 2; a polynomial of degree 5 gives exp(r) and n goes into the
//! exponent's bits. The coefficients are the minimax fit (Remez) for relative error on that
//! interval; the polynomial's own error is 7.5e-8, and with rounding the result stays within
//! 3e-7 of exp, relatively (tested over the whole range).

use super::quantize::{rounded, MAGIC};
use core::arch::wasm32::*;
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

/// exp of each lane; NaN gives NaN.
#[inline(always)]
pub fn exp(x: v128) -> v128 {
    // In this order of arguments a NaN passes both.
    let x = f32x4_pmin(f32x4_pmax(x, f32x4_splat(LOWEST)), f32x4_splat(HIGHEST));
    let bits = rounded(x, f32x4_splat(std::f32::consts::LOG2_E));
    let n = f32x4_sub(bits, MAGIC);
    let r = f32x4_sub(x, f32x4_mul(n, f32x4_splat(LN2_HIGH)));
    let r = f32x4_sub(r, f32x4_mul(n, f32x4_splat(LN2_LOW)));
    let mut value = f32x4_splat(POLYNOMIAL[5]);
    for coefficient in POLYNOMIAL[..5].iter().rev() {
        value = f32x4_add(f32x4_mul(value, r), f32x4_splat(*coefficient));
    }
    let exponent = i32x4_shl(i32x4_add(bits, i32x4_splat(127)), 23);
    f32x4_mul(value, exponent)
}

/// Below this 2ˣ is no normal float32; such lanes count as this one (1.2e-38).
const LOWEST_POWER: f32 = -126.0;
/// The minimax fit for relative error on ±1/2 among those that are 1 at 0; its error is 2.9e-6.
const POWER_POLYNOMIAL: [f32; 5] = [1.0, 0.693_124_2, 0.240_240_99, 0.055_906_426, 0.009_582_853];

/// 2ˣ of four lanes that are at most 0: within 3.2e-6, relatively, and never above 1 (tested).
///
/// Its constants are values here, made once before a loop. Left to the compilers they are made anew in
/// each turn: rustc takes constants into loops, and V8 leaves them there. Half the time of [`exp`].
pub struct Exp2 {
    lowest: v128,
    magic: v128,
    polynomial: [v128; 5],
}

impl Exp2 {
    #[inline(always)]
    pub fn prepared() -> Self {
        let (lowest, polynomial) = black_box(&(LOWEST_POWER, POWER_POLYNOMIAL));
        Exp2 {
            lowest: f32x4_splat(*lowest),
            magic: *black_box(&MAGIC),
            polynomial: polynomial.map(|coefficient| f32x4_splat(coefficient)),
        }
    }

    #[inline(always)]
    pub fn of(&self, x: v128) -> v128 {
        let x = f32x4_pmax(x, self.lowest);
        let bits = f32x4_add(x, self.magic);
        let fraction = f32x4_sub(x, f32x4_sub(bits, self.magic));
        let mut value = self.polynomial[4];
        for coefficient in self.polynomial[..4].iter().rev() {
            value = f32x4_add(f32x4_mul(value, fraction), *coefficient);
        }
        // 1/2 to √2, so adding to its exponent's bits multiplies.
        i32x4_add(value, i32x4_shl(bits, 23))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn lane(x: f32) -> f32 {
        f32x4_extract_lane::<2>(exp(f32x4_splat(x)))
    }

    #[wasm_bindgen_test]
    fn stays_within_the_stated_error() {
        let mut x = -87.2f64;
        while x < 88.2 {
            let exact = f64::from(x as f32).exp();
            let error = (f64::from(lane(x as f32)) - exact).abs() / exact;
            assert!(error <= 3e-7, "exp({x}) is off by {error}");
            x += 0.00137;
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
        let power = |x: f32| f32x4_extract_lane::<1>(Exp2::prepared().of(f32x4_splat(x)));
        let mut x = 0.0f64;
        while x > -125.9 {
            let (exact, found) = (f64::from(x as f32).exp2(), power(x as f32));
            let error = (f64::from(found) - exact).abs() / exact;
            assert!(error <= 3.2e-6 && found <= 1.0, "exp2({x}) is {found}");
            x -= 0.00137;
        }
        assert_eq!((power(0.0), power(-0.0), power(-1.0)), (1.0, 1.0, 0.5));
        assert!(power(-1e30) < 1.3e-38 && power(f32::NEG_INFINITY) > 0.0);
    }
}
