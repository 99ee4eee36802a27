//! Inputs that look like a model's: no zeros to skip, no denormals to stumble over.

/// A fixed sequence of numbers in -1..1, the same on every run.
pub fn floats(count: usize) -> Vec<f32> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // The top 24 bits, which a float32 holds exactly.
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}

pub fn int16(count: usize) -> Vec<i16> {
    floats(count).iter().map(|x| (x * 32767.0) as i16).collect()
}

pub fn int8(count: usize) -> Vec<i8> {
    floats(count).iter().map(|x| (x * 127.0) as i8).collect()
}
