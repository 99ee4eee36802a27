//! Every kernel beside a scalar twin in float64, at all awkward lengths, between canaries.

use super::*;
use wasm_bindgen_test::wasm_bindgen_test;

const WIDTHS: [usize; 7] = [16, 32, 48, 128, 384, 400, 16_384];
const COUNTS: [usize; 9] = [0, 1, 2, 3, 4, 5, 7, 8, 9];

/// Seeded numbers in (-1, 1) (SplitMix64).
fn random(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z >> 40) as f32 / (1 << 23) as f32) - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn stride_of<E: Element>(width: usize) -> usize {
    (width * size_of::<E>() + FACTOR_BYTES).next_multiple_of(16)
}

/// Rows as JavaScript makes them, with canaries behind the factor of each.
fn rows_of<E: Element>(vectors: &[f32], width: usize) -> Vec<u8> {
    let stride = stride_of::<E>(width);
    let mut rows = vec![0xa5; vectors.len() / width * stride];
    write::<E>(vectors, width, &mut rows, stride);
    assert_eq!(seal::<E>(&mut rows, stride, width), rows.len() / stride);
    for row in rows.chunks(stride) {
        assert!(row[width * size_of::<E>() + FACTOR_BYTES..].iter().all(|&byte| byte == 0xa5));
    }
    rows
}

fn elements(rows: &[u8], row: usize, width: usize, int8: bool) -> Vec<f64> {
    if int8 {
        let stride = stride_of::<i8>(width);
        rows[row * stride..][..width].iter().map(|&byte| f64::from(byte as i8)).collect()
    } else {
        let stride = stride_of::<f32>(width);
        let bytes = &rows[row * stride..][..4 * width];
        bytes
            .chunks(4)
            .map(|four| f64::from(f32::from_le_bytes(four.try_into().unwrap())))
            .collect()
    }
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The largest magnitude of a query's elements, as js/search/index/vector-memory.ts computes it.
fn largest(width: usize) -> f32 {
    (i64::from(i32::MAX) / (128 * width as i64)).min(32_767) as f32
}

fn int8_query(vector: &[f32]) -> Vec<i16> {
    let max = vector.iter().fold(0f32, |max, x| max.max(x.abs()));
    vector.iter().map(|x| (x / max * largest(vector.len())).round() as i16).collect()
}

fn factor_of(query: &[f64]) -> f32 {
    (1.0 / query.iter().map(|x| x * x).sum::<f64>().sqrt()) as f32
}

/// Hits and scores, and that nothing behind the room for either is touched.
fn scanned<E: Element>(
    query: &[E::Query],
    factor: f32,
    rows: &[u8],
    threshold: f32,
) -> (Vec<u32>, Vec<f32>) {
    let stride = stride_of::<E>(query.len());
    let count = rows.len() / stride;
    let (mut scores, mut hits) = (vec![f32::MAX; count + TILE - 1 + 8], vec![u32::MAX; count + 8]);
    let found = scan::<E>(
        query,
        factor,
        rows,
        stride,
        threshold,
        &mut scores[..count + TILE - 1],
        &mut hits[..count],
    );
    assert!(scores[count + TILE - 1..].iter().all(|&x| x == f32::MAX));
    assert!(hits[count..].iter().all(|&x| x == u32::MAX));
    (hits[..found].to_vec(), scores[..count].to_vec())
}

fn score_both(width: usize, count: usize) {
    let vectors = random((width + count) as u64, width * count);
    let query = random(7, width);
    let int8 = int8_query(&query);
    for is_int8 in [true, false] {
        let (rows, wide): (_, Vec<f64>) = if is_int8 {
            (rows_of::<i8>(&vectors, width), int8.iter().map(|&x| f64::from(x)).collect())
        } else {
            (rows_of::<f32>(&vectors, width), query.iter().map(|&x| f64::from(x)).collect())
        };
        let factor = factor_of(&wide);
        let scan = |threshold| match is_int8 {
            true => scanned::<i8>(&int8, factor, &rows, threshold),
            false => scanned::<f32>(&query, factor, &rows, threshold),
        };
        let (hits, scores) = scan(f32::NEG_INFINITY);
        assert_eq!(hits, (0..count as u32).collect::<Vec<_>>());
        for (row, &score) in scores.iter().enumerate() {
            let expected = cosine(&elements(&rows, row, width, is_int8), &wide);
            assert!(
                (f64::from(score) - expected).abs() < 1e-5,
                "{width} × {count}, row {row}: {score}, {expected}"
            );
        }
        let threshold = scores.first().copied().unwrap_or(0.0);
        let reaching: Vec<u32> =
            (0..count as u32).filter(|&row| scores[row as usize] >= threshold).collect();
        assert_eq!(scan(threshold).0, reaching);
    }
}

#[wasm_bindgen_test]
fn scores_are_cosines() {
    for width in WIDTHS {
        for count in COUNTS {
            score_both(width, count);
        }
    }
}

#[wasm_bindgen_test]
fn rows_are_rounded_as_by_scalar_code() {
    for width in WIDTHS {
        let vector = random(width as u64, width);
        let max = f64::from(vector.iter().fold(0f32, |max, x| max.max(x.abs())));
        let int8 = elements(&rows_of::<i8>(&vector, width), 0, width, true);
        let float = elements(&rows_of::<f32>(&vector, width), 0, width, false);
        for ((x, rounded), scaled) in vector.iter().zip(int8).zip(float) {
            let expected = f64::from(*x) / max;
            assert!((rounded - expected * 127.0).abs() < 0.5001);
            assert!((scaled - expected).abs() < 1e-7);
        }
    }
}

/// The same row, whichever its neighbours are, has the same score to the last bit.
#[wasm_bindgen_test]
fn a_score_does_not_depend_on_the_place() {
    let (width, query) = (48, random(1, 48));
    let vector = random(2, width);
    for count in COUNTS.into_iter().skip(1) {
        let same = vector.repeat(count);
        let int8 = scanned::<i8>(&int8_query(&query), 1e-6, &rows_of::<i8>(&same, width), -1.0).1;
        let float = scanned::<f32>(&query, 0.1, &rows_of::<f32>(&same, width), -1.0).1;
        assert!(int8.iter().all(|score| score.to_bits() == int8[0].to_bits()));
        assert!(float.iter().all(|score| score.to_bits() == float[0].to_bits()));
    }
}

/// All elements at their largest: the sums are as large as they can become.
#[wasm_bindgen_test]
fn sums_do_not_overflow() {
    for width in WIDTHS {
        let query = vec![largest(width) as i16; width];
        let mut rows = rows_of::<i8>(&vec![-1.0; width], width);
        let factor = factor_of(&query.iter().map(|&x| f64::from(x)).collect::<Vec<_>>());
        assert!((scanned::<i8>(&query, factor, &rows, -2.0).1[0] + 1.0).abs() < 1e-5);
        // What only a forged file holds.
        rows[..width].fill(0x80);
        assert_eq!(seal::<i8>(&mut rows, stride_of::<i8>(width), width), 1);
        assert!((scanned::<i8>(&query, factor, &rows, -2.0).1[0] + 1.0).abs() < 1e-5);
    }
}

#[wasm_bindgen_test]
fn vectors_without_a_direction_are_refused_and_others_are_not() {
    fn right<E: Element>(vector: &[f32]) -> usize {
        let vectors = [&random(1, vector.len()), vector].concat();
        let stride = stride_of::<E>(vector.len());
        let mut rows = vec![0; 2 * stride];
        write::<E>(&vectors, vector.len(), &mut rows, stride);
        seal::<E>(&mut rows, stride, vector.len())
    }
    for at in [0, 1, 15, 16, 31] {
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut vector = random(2, 32);
            vector[at] = wrong;
            assert_eq!((right::<i8>(&vector), right::<f32>(&vector)), (1, 1), "{wrong} at {at}");
        }
        for fine in [f32::MIN_POSITIVE, 1e-45, -1e-45, f32::MAX, f32::MIN] {
            let mut vector = vec![0.0; 32];
            assert_eq!((right::<i8>(&vector), right::<f32>(&vector)), (1, 1), "zero");
            vector[at] = fine;
            assert_eq!((right::<i8>(&vector), right::<f32>(&vector)), (2, 2), "{fine} at {at}");
        }
        assert_eq!((right::<i8>(&[f32::MAX; 32]), right::<f32>(&[f32::MAX; 32])), (2, 2));
    }
}

#[wasm_bindgen_test]
fn rows_that_were_removed_never_score() {
    let (width, stride) = (16, stride_of::<i8>(16));
    let vectors = random(3, 5 * width);
    let query = int8_query(&vectors[..width]);
    for removed in 0..5 {
        let mut rows = rows_of::<i8>(&vectors, width);
        rows[removed * stride + width..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
        let (hits, _) = scanned::<i8>(&query, 1e-6, &rows, f32::NEG_INFINITY);
        assert_eq!(hits, (0..5).filter(|&row| row != removed as u32).collect::<Vec<_>>());
    }
}
