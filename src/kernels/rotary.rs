//! Rotary positions: pairs of elements are turned by an angle each.

/// Turns each pair of `head`'s element and the one half a head behind it by the angle of these cosines and
/// sines, of which there are half as many as elements.
#[inline(never)]
pub fn rotate(head: &mut [f32], cosines: &[f32], sines: &[f32]) {
    let half = cosines.len();
    assert!(
        sines.len() == half && head.len() == 2 * half,
        "{half} cosines and {} sines for {} elements",
        sines.len(),
        head.len()
    );
    let (first, second) = head.split_at_mut(half);
    for ((a, b), (cosine, sine)) in first.iter_mut().zip(second).zip(cosines.iter().zip(sines)) {
        (*a, *b) = (*a * cosine - *b * sine, *b * cosine + *a * sine);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn turns_pairs_half_a_head_apart() {
        let mut head = [1.0, 0.0, 3.0, 0.0, 2.0, 4.0];
        rotate(&mut head, &[0.0, 1.0, -1.0], &[1.0, 0.0, 0.0]);
        assert_eq!(head, [0.0, 0.0, -3.0, 1.0, 2.0, -4.0]);
    }
}
