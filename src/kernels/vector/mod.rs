//! The vectors that the kernels are written in, one file for each kind of lane. Only these files name
//! WebAssembly's SIMD instructions, and all loads and stores are here.
//!
//! `load` and `store` take slices and check them; where a loop has checked its extents already there
//! are the unsafe `load_at` and `store_at`. No address needs an alignment.

mod f32x4;
mod i16x8;
mod i32x4;
mod i8x16;

pub use f32x4::F32x4;
pub use i8x16::I8x16;
pub use i16x8::I16x8;
pub use i32x4::I32x4;

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn lanes_are_added_in_the_stated_order() {
        // In any other order the small lanes would be lost beside the large ones.
        let lanes = F32x4::new([1e8, 3.0, -1e8, 4.0]);
        assert_eq!(lanes.sum(), 7.0);
        assert_eq!(
            F32x4::sums([lanes, F32x4::ZERO, F32x4::splat(1.0), lanes]).to_array(),
            [7.0, 0.0, 4.0, 7.0]
        );
        let integers = I32x4::splat(3) - I32x4::splat(1);
        assert_eq!((integers.sum(), I32x4::sums([integers; 4]).to_array()), (8, [8; 4]));
    }

    #[wasm_bindgen_test]
    fn the_largest_lane_may_be_any() {
        for at in 0..4 {
            let mut lanes = [-3.0, -4.0, -5.0, -6.0];
            lanes[at] = -1.0;
            assert_eq!(F32x4::new(lanes).largest(), -1.0);
            assert_eq!(F32x4::new(lanes).splat_largest().to_array(), [-1.0; 4]);
            lanes[at] = f32::NAN;
            assert!(F32x4::new(lanes).splat_largest().to_array().iter().all(|x| x.is_nan()));
        }
    }

    #[wasm_bindgen_test]
    fn pairs_are_transposed_and_lanes_interleaved() {
        let rows: [[i16; 8]; 4] = core::array::from_fn(|row| {
            core::array::from_fn(|column| 10 * row as i16 + column as i16)
        });
        let columns = I16x8::transposed_pairs(rows.map(|row| I16x8::load(&row)));
        for (pair, column) in columns.into_iter().enumerate() {
            let mut found = [0; 8];
            column.store(&mut found);
            let expected: [i16; 8] = core::array::from_fn(|i| rows[i / 2][2 * pair + i % 2]);
            assert_eq!(found, expected);
        }
        let both = I16x8::load(&rows[0]).interleaved(I16x8::load(&rows[1]));
        let mut found = [0; 16];
        both[0].store(&mut found);
        both[1].store(&mut found[8..]);
        assert_eq!(found, [0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15, 6, 16, 7, 17]);
    }

    #[wasm_bindgen_test]
    fn widths_change_without_loss_within_range() {
        let bytes = [-128, 127, -1, 0, 1, 2, 3, 4];
        let wide = I16x8::widened(&bytes);
        assert_eq!(wide.low().to_array(), [-128, 127, -1, 0]);
        assert_eq!(wide.high().to_array(), [1, 2, 3, 4]);
        let mut back = [0u8; 16];
        I8x16::narrowed(wide, I16x8::splat(300)).store(&mut back);
        assert_eq!(back[..8], bytes.map(|x: i8| x as u8));
        assert_eq!(back[8..], [127; 8]);
        let again = I8x16::load(&back);
        assert_eq!(again.low().low().to_array(), wide.low().to_array());
        assert_eq!(again.high().high().to_array(), [127; 4]);
    }
}
