//! How much memory rows take: the one computation behind every kernel's assert on a length.

/// Elements from the start of the first of `rows` rows, `stride` apart, to the end of the last one's
/// `width`: 0 without rows, `None` where the number does not fit into `usize`.
pub const fn span(rows: usize, stride: usize, width: usize) -> Option<usize> {
    if rows == 0 {
        return Some(0);
    }
    match (rows - 1).checked_mul(stride) {
        Some(start) => start.checked_add(width),
        None => None,
    }
}

/// Asserts that `slice` holds `rows` rows of `width` elements, `stride` apart.
///
/// # Panics
/// With `name` and the numbers, where it does not. A span that wrapped would let the assert pass and
/// a raw pointer leave the slice, so it never holds.
#[track_caller]
#[inline]
pub fn assert_holds<T>(name: &str, slice: &[T], rows: usize, stride: usize, width: usize) {
    if span(rows, stride, width).is_none_or(|needed| needed > slice.len()) {
        too_short(name, slice.len(), rows, stride, width);
    }
}

/// Bytes of a file as the int8 values that they are.
pub const fn as_int8(bytes: &[u8]) -> &[i8] {
    // SAFETY: both types have one byte, any of whose values is one of theirs, and the lifetime is kept.
    unsafe { core::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len()) }
}

#[cold]
#[inline(never)]
#[track_caller]
fn too_short(name: &str, len: usize, rows: usize, stride: usize, width: usize) -> ! {
    panic!("`{name}` holds {len} elements: too few for {rows} rows of {width}, {stride} apart")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn counts_from_the_first_element_to_the_last() {
        for (rows, stride, width, expected) in
            [(0, 8, 8, 0), (0, 0, 9, 0), (1, 8, 5, 5), (1, 0, 5, 5), (2, 8, 5, 13), (3, 8, 8, 24)]
        {
            assert_eq!(span(rows, stride, width), Some(expected), "{rows} × {width} at {stride}");
        }
        assert_eq!(span(1, usize::MAX, usize::MAX), Some(usize::MAX));
    }

    #[wasm_bindgen_test]
    fn has_no_answer_where_it_would_wrap() {
        for (rows, stride, width) in [
            (2, usize::MAX - 6, 8),
            (3, usize::MAX / 2 + 1, 0),
            (usize::MAX, 2, 0),
            (2, 1, usize::MAX),
        ] {
            assert_eq!(span(rows, stride, width), None, "{rows} × {width} at {stride}");
        }
    }

    #[wasm_bindgen_test]
    fn bytes_become_the_int8_values_that_they_are() {
        assert!(as_int8(&[]).is_empty());
        assert_eq!(as_int8(&[0, 127, 128, 255]), [0i8, 127, -128, -1].as_slice());
    }

    #[wasm_bindgen_test]
    fn a_slice_that_is_long_enough_passes() {
        assert_holds("slice", &[0.0f32; 13], 2, 8, 5);
        assert_holds("slice", &[0.0f32; 13], 0, 8, 99);
    }

    #[wasm_bindgen_test]
    #[should_panic(expected = "`slice` holds 12 elements: too few for 2 rows of 5, 8 apart")]
    fn one_element_too_few_does_not() {
        assert_holds("slice", &[0.0f32; 12], 2, 8, 5);
    }
}
