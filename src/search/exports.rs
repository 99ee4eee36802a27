//! The functions that JavaScript calls, with addresses and counts; they trap where a range does not
//! lie in the memory that is JavaScript's, or where the ranges of one call are not in the order of
//! its memory (query, scores, hits, vectors, rows), so that none overlaps another.

use crate::kernels::{Element, TILE, require, scan, seal, write};
use core::arch::wasm32::memory_size;
use core::mem::align_of;
use core::ptr::{with_exposed_provenance, with_exposed_provenance_mut};
use core::slice::{from_raw_parts, from_raw_parts_mut};

const PAGE: u64 = 65_536;

unsafe extern "C" {
    /// The linker's symbol: from its address on, nothing in linear memory is Rust's.
    static __heap_base: u8;
}

/// Where `len` values of `size` bytes from `start` on end, once it is sure that they are JavaScript's.
#[inline(never)]
fn checked_end(start: usize, len: u64, size: usize) -> u64 {
    // Only the symbol's address is taken, which is always sound.
    let own = &raw const __heap_base as usize;
    require!(len <= u64::from(u32::MAX));
    let end = start as u64 + len * size as u64;
    require!(start >= own && end <= memory_size(0) as u64 * PAGE);
    end
}

/// `count` times `each` values of one type, in JavaScript's part of linear memory.
#[derive(Clone, Copy)]
struct Range {
    start: usize,
    len: usize,
    end: u64,
}

impl Range {
    fn new<T>(start: usize, each: usize, count: usize) -> Self {
        require!(start % align_of::<T>() == 0);
        let len = each as u64 * count as u64;
        Range { start, len: len as usize, end: checked_end(start, len, size_of::<T>()) }
    }

    fn before(&self, other: &Range) {
        require!(self.end <= other.start as u64);
    }

    /// # Safety
    /// The range was made for `T`, whose every bit pattern is valid, and nothing writes to it as
    /// long as the slice lives.
    unsafe fn slice<'a, T>(self) -> &'a [T] {
        // SAFETY: `new` has checked alignment and that all of it is linear memory, which is always
        // initialised, and outside of what Rust uses; the rest is the caller's promise.
        unsafe { from_raw_parts(with_exposed_provenance(self.start), self.len) }
    }

    /// # Safety
    /// As for `slice`, and nothing else reads from it either.
    unsafe fn slice_mut<'a, T>(self) -> &'a mut [T] {
        // SAFETY: as in `slice`.
        unsafe { from_raw_parts_mut(with_exposed_provenance_mut(self.start), self.len) }
    }
}

fn writing<E: Element>(vectors: usize, width: usize, rows: usize, stride: usize, count: usize) {
    let (vectors, rows) =
        (Range::new::<f32>(vectors, width, count), Range::new::<u8>(rows, stride, count));
    vectors.before(&rows);
    // SAFETY: each was made for its type and both are plain numbers; they lie apart, and JavaScript,
    // with no shared memory, does nothing until this call returns.
    unsafe { write::<E>(vectors.slice(), width, rows.slice_mut(), stride) }
}

fn sealing<E: Element>(rows: usize, stride: usize, width: usize, count: usize) -> usize {
    // SAFETY: made for bytes, and the only range of this call.
    unsafe { seal::<E>(Range::new::<u8>(rows, stride, count).slice_mut(), stride, width) }
}

#[allow(clippy::too_many_arguments)]
fn scanning<E: Element>(
    query: usize,
    width: usize,
    factor: f32,
    rows: usize,
    stride: usize,
    count: usize,
    threshold: f32,
    scores: usize,
    hits: usize,
) -> usize {
    let query = Range::new::<E::Query>(query, width, 1);
    let rows = Range::new::<u8>(rows, stride, count);
    let scores = Range::new::<f32>(scores, 1, count + TILE - 1);
    let hits = Range::new::<u32>(hits, 1, count);
    query.before(&scores);
    scores.before(&hits);
    hits.before(&rows);
    // SAFETY: each was made for its type, all of which are plain numbers; what is written lies apart
    // from what is read, and JavaScript, with no shared memory, does nothing until this call returns.
    unsafe {
        scan::<E>(
            query.slice(),
            factor,
            rows.slice(),
            stride,
            threshold,
            scores.slice_mut(),
            hits.slice_mut(),
        )
    }
}

/// [`write`]: `count` vectors of `width` float32 at `vectors` become the elements of rows.
#[unsafe(no_mangle)]
extern "C" fn write_int8(vectors: usize, width: usize, rows: usize, stride: usize, count: usize) {
    writing::<i8>(vectors, width, rows, stride, count)
}

#[unsafe(no_mangle)]
extern "C" fn write_f32(vectors: usize, width: usize, rows: usize, stride: usize, count: usize) {
    writing::<f32>(vectors, width, rows, stride, count)
}

/// [`seal`]: `count` rows whose elements JavaScript has written get their factors.
#[unsafe(no_mangle)]
extern "C" fn seal_int8(rows: usize, stride: usize, width: usize, count: usize) -> usize {
    sealing::<i8>(rows, stride, width, count)
}

#[unsafe(no_mangle)]
extern "C" fn seal_f32(rows: usize, stride: usize, width: usize, count: usize) -> usize {
    sealing::<f32>(rows, stride, width, count)
}

/// [`scan`]: a query of `width` int16 against `count` rows; `hits` has room for as many
/// uint32, `scores` for three float32 more.
#[unsafe(no_mangle)]
extern "C" fn scan_int8(
    query: usize,
    width: usize,
    factor: f32,
    rows: usize,
    stride: usize,
    count: usize,
    threshold: f32,
    scores: usize,
    hits: usize,
) -> usize {
    scanning::<i8>(query, width, factor, rows, stride, count, threshold, scores, hits)
}

#[unsafe(no_mangle)]
extern "C" fn scan_f32(
    query: usize,
    width: usize,
    factor: f32,
    rows: usize,
    stride: usize,
    count: usize,
    threshold: f32,
    scores: usize,
    hits: usize,
) -> usize {
    scanning::<f32>(query, width, factor, rows, stride, count, threshold, scores, hits)
}
