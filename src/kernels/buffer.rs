//! Zeroed memory that starts on a cache line, so that no vector load straddles two lines.

use std::marker::PhantomData;

const LINE: usize = 64;

/// Memory for `what` was asked for and not given.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfMemory {
    /// The thing, as an error message names it.
    pub what: String,
    /// How much it was.
    pub bytes: u64,
}

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// Element types that are plain numbers: every bit pattern is a value, none has padding.
///
/// # Safety
/// Implementors must be valid for any bit pattern, have no padding, and an alignment of at most 64.
pub unsafe trait Number: Copy {}
// SAFETY: primitive numbers have no invalid bit patterns and no padding.
unsafe impl Number for i8 {}
// SAFETY: as above.
unsafe impl Number for u8 {}
// SAFETY: as above.
unsafe impl Number for i16 {}
// SAFETY: as above.
unsafe impl Number for i32 {}
// SAFETY: as above.
unsafe impl Number for f32 {}

impl<T: Number> Default for Buffer<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A growable run of numbers, zeroed, aligned to 64 bytes.
pub struct Buffer<T: Number> {
    lines: Vec<Line>,
    len: usize,
    element: PhantomData<T>,
}

impl<T: Number> Buffer<T> {
    /// An empty buffer, which owns no memory.
    pub const fn new() -> Self {
        Buffer { lines: Vec::new(), len: 0, element: PhantomData }
    }

    /// `len` zeros, or [`OutOfMemory`] (naming `what`) where memory does not suffice.
    pub fn zeroed(len: usize, what: &str) -> Result<Self, OutOfMemory> {
        let too_large =
            || OutOfMemory { what: what.to_owned(), bytes: len as u64 * size_of::<T>() as u64 };
        let count = lines_for::<T>(len).ok_or_else(too_large)?;
        let mut lines = Vec::new();
        lines.try_reserve_exact(count).map_err(|_| too_large())?;
        extend_with_zeros(&mut lines, count);
        Ok(Buffer { lines, len, element: PhantomData })
    }

    /// Makes room for `len` elements. What was there before stays; new elements are zero.
    ///
    /// # Panics
    /// Where `len` elements exceed the address space.
    #[inline(never)]
    pub fn grow(&mut self, len: usize) {
        if len > self.len {
            let count = lines_for::<T>(len);
            let Some(count) = count else { panic!("{len} elements exceed the address space") };
            self.lines.reserve(count - self.lines.len());
            extend_with_zeros(&mut self.lines, count);
            self.len = len;
        }
    }
}

/// The lines that hold `len` elements, `None` where their bytes do not fit into `usize`.
fn lines_for<T>(len: usize) -> Option<usize> {
    Some(len.checked_mul(size_of::<T>())?.div_ceil(LINE))
}

/// Brings `lines` to `count`, for which there must be room. `Vec::resize` would take a kilobyte.
#[inline(never)]
fn extend_with_zeros(lines: &mut Vec<Line>, count: usize) {
    let old = lines.len();
    assert!(old <= count && count <= lines.capacity());
    // SAFETY: the capacity covers `count` lines, of which the first `old` are initialised; the
    // others become zeros here, and a line of zeros is a valid one.
    unsafe {
        lines.as_mut_ptr().add(old).write_bytes(0, count - old);
        lines.set_len(count);
    }
}

impl<T: Number> std::ops::Deref for Buffer<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: `lines` owns at least `len * size_of::<T>()` initialised bytes, aligned to 64,
        // and `T: Number` accepts any bit pattern.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T: Number> std::ops::DerefMut for Buffer<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`, and `&mut self` makes the borrow unique.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn is_zeroed_aligned_and_keeps_its_content_while_growing() {
        for len in [0, 1, 7, 31, 32, 33, 1000] {
            let mut buffer = Buffer::<i16>::zeroed(len, "test").unwrap();
            assert_eq!(buffer.len(), len);
            assert_eq!(buffer.as_ptr() as usize % 64, 0);
            assert!(buffer.iter().all(|&x| x == 0));
            buffer.fill(7);
            buffer.grow(len + 100);
            assert!(buffer[..len].iter().all(|&x| x == 7));
            assert!(buffer[len..].iter().all(|&x| x == 0));
        }
    }

    #[wasm_bindgen_test]
    #[should_panic(expected = "1073741825 elements")]
    fn never_grows_to_more_than_there_is_memory_for() {
        // In bytes, 2³² + 4: in a usize that wraps, they would be 4.
        Buffer::<f32>::new().grow((1 << 30) + 1);
    }

    #[wasm_bindgen_test]
    fn says_what_does_not_fit() {
        let error = Buffer::<f32>::zeroed(usize::MAX / 4, "tensor `x`").err().unwrap();
        assert!(matches!(error, OutOfMemory { ref what, .. } if what == "tensor `x`"));
        assert!(Buffer::<f32>::zeroed(usize::MAX, "y").is_err());
    }
}
