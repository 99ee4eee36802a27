//! What both forms of self-attention, [`crate::attention_f32`] and [`crate::attention_int16`], are given:
//! one text and one head at a time. Rows of a text never meet those of another, so there is no mask and
//! no padding.

use crate::padded;

/// Where one text's rows of queries, keys and values lie, for one head.
pub struct AttentionHead<'a> {
    /// The first row of the text, in the form `[queries | keys | values]`, all heads of each.
    pub qkv: &'a [f32],
    /// Distance between rows of `qkv`.
    pub stride: usize,
    /// Where this head's query, key and value start within a row.
    pub offsets: [usize; 3],
    /// Tokens of the text.
    pub length: usize,
    /// Size of a head; rows hold it padded to a multiple of 8, with zeros.
    pub size: usize,
    /// What is added to the scores, by the distance of a key from its query: for the key farthest in front
    /// first, `2 · length - 1` of them. Minus infinity leaves a key out; no bias at all is nothing.
    pub bias: &'a [f32],
}

impl AttentionHead<'_> {
    /// A token's query (`part` 0), key (1) or value (2), padded.
    #[inline(always)]
    pub fn row(&self, part: usize, token: usize) -> &[f32] {
        &self.qkv[token * self.stride + self.offsets[part]..][..padded(self.size)]
    }

    /// The bias of every key for a token's query.
    #[inline(always)]
    pub fn bias_of(&self, query: usize) -> &[f32] {
        &self.bias[self.length - 1 - query..][..self.length]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::random;

    /// One head in double precision.
    pub fn scalar(head: &AttentionHead) -> Vec<f32> {
        let part = |token: usize, which: usize| {
            let row = &head.qkv[token * head.stride + head.offsets[which]..][..head.size];
            row.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>()
        };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let mut out = Vec::new();
        for token in 0..head.length {
            let query = part(token, 0);
            let mut scores: Vec<f64> = (0..head.length)
                .map(|key| dot(&query, &part(key, 1)) / (head.size as f64).sqrt())
                .collect();
            if !head.bias.is_empty() {
                let biases = head.bias_of(token).iter();
                scores.iter_mut().zip(biases).for_each(|(score, &bias)| *score += f64::from(bias));
            }
            let largest = scores.iter().fold(f64::MIN, |a, &b| a.max(b));
            let weights: Vec<f64> = scores.iter().map(|s| (s - largest).exp()).collect();
            let sum: f64 = weights.iter().sum();
            for column in 0..head.size {
                let values = (0..head.length).map(|key| weights[key] * part(key, 2)[column]);
                out.push((values.sum::<f64>() / sum) as f32);
            }
        }
        out
    }

    /// Biases of each kind: none, numbers, and a window of 5 tokens.
    pub fn biases(length: usize) -> [Vec<f32>; 3] {
        let numbers = random(length as u64 + 1, 2 * length - 1).iter().map(|x| x * 4.0).collect();
        let window = (1..2 * length).map(|at| match at.abs_diff(length) <= 2 {
            true => 0.0,
            false => f32::NEG_INFINITY,
        });
        [Vec::new(), numbers, window.collect()]
    }

    /// Rows of queries, keys and values in (-3, 3), with something between them; their distance and
    /// the places of the three.
    pub fn case(length: usize, size: usize) -> (Vec<f32>, usize, [usize; 3]) {
        let width = padded(size);
        let stride = 3 * 2 * width;
        let mut qkv: Vec<f32> = random(length as u64, length * stride);
        qkv.iter_mut().for_each(|x| *x *= 3.0);
        for row in qkv.chunks_mut(width) {
            row[size..].fill(0.0);
        }
        (qkv, stride, [width, 3 * width, 5 * width])
    }
}
