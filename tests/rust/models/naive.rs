//! BERT once more, in float64 and as plainly as its paper has it: a reference for lengths that the
//! fixtures do not have.

use crate::{Checkpoint, F32, encode};
use edgebert::engine::Engine;
use edgebert::load::Loader;
use edgebert::model::arithmetic::Precision;
use serde_json::{Value, json};
use std::collections::HashMap;
use wasm_bindgen_test::wasm_bindgen_test;

type Matrix = Vec<Vec<f64>>;

/// The tensors of a float32 file by their names, each a list of rows.
fn tensors(file: &[u8]) -> HashMap<String, Matrix> {
    let (length, rest) = file.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header: HashMap<String, Value> = serde_json::from_slice(header).unwrap();
    let matrix = |(name, entry): (String, Value)| {
        let at = |index: usize| entry["data_offsets"][index].as_u64().unwrap() as usize;
        let width = entry["shape"].as_array()?.last()?.as_u64()? as usize;
        let float = |bytes: &[u8]| f64::from(f32::from_le_bytes(bytes.try_into().unwrap()));
        let floats: Vec<f64> = data[at(0)..at(1)].chunks_exact(4).map(float).collect();
        Some((name, floats.chunks(width).map(<[f64]>::to_vec).collect()))
    };
    header.into_iter().filter(|(name, _)| name != "__metadata__").filter_map(matrix).collect()
}

struct Naive {
    tensors: HashMap<String, Matrix>,
    heads: usize,
    layers: usize,
}

impl Naive {
    fn linear(&self, name: &str, rows: &Matrix) -> Matrix {
        let (weight, bias) =
            (&self.tensors[&format!("{name}.weight")], &self.tensors[&format!("{name}.bias")][0]);
        let output = |row: &[f64], index: usize| {
            bias[index] + row.iter().zip(&weight[index]).map(|(x, w)| x * w).sum::<f64>()
        };
        rows.iter().map(|row| (0..bias.len()).map(|index| output(row, index)).collect()).collect()
    }

    fn norm(&self, name: &str, rows: Matrix) -> Matrix {
        let gamma = &self.tensors[&format!("{name}.weight")][0];
        let beta = &self.tensors[&format!("{name}.bias")][0];
        let normal = |row: Vec<f64>| {
            let mean = row.iter().sum::<f64>() / row.len() as f64;
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / row.len() as f64;
            let scale = 1.0 / (variance + 1e-12).sqrt();
            let scaled = row.iter().zip(gamma.iter().zip(beta));
            scaled.map(|(x, (gamma, beta))| (x - mean) * scale * gamma + beta).collect()
        };
        rows.into_iter().map(normal).collect()
    }

    fn attention(&self, name: &str, rows: &Matrix) -> Matrix {
        let part = |part: &str| self.linear(&format!("{name}.self.{part}"), rows);
        let (queries, keys, values) = (part("query"), part("key"), part("value"));
        let width = rows[0].len();
        let size = width / self.heads;
        let mut context = vec![vec![0.0; width]; rows.len()];
        for head in (0..width).step_by(size) {
            for (query, out) in queries.iter().zip(&mut context) {
                let dot = |key: &Vec<f64>| -> f64 {
                    (head..head + size).map(|i| query[i] * key[i]).sum::<f64>()
                        / (size as f64).sqrt()
                };
                let weights: Vec<f64> = keys.iter().map(|key| dot(key).exp()).collect();
                let total: f64 = weights.iter().sum();
                for (weight, value) in weights.iter().zip(&values) {
                    (head..head + size).for_each(|i| out[i] += weight / total * value[i]);
                }
            }
        }
        self.linear(&format!("{name}.output.dense"), &context)
    }

    /// The mean of the last hidden states.
    fn encode(&self, ids: &[u32]) -> Vec<f64> {
        let table = |name: &str, row: usize| {
            &self.tensors[&format!("embeddings.{name}_embeddings.weight")][row]
        };
        let embed = |(position, &id): (usize, &u32)| -> Vec<f64> {
            let word = table("word", id as usize).iter().zip(table("position", position));
            word.zip(table("token_type", 0)).map(|((a, b), c)| a + b + c).collect()
        };
        let mut hidden =
            self.norm("embeddings.LayerNorm", ids.iter().enumerate().map(embed).collect());
        for layer in 0..self.layers {
            let name = |part: &str| format!("encoder.layer.{layer}.{part}");
            let attention = self.attention(&name("attention"), &hidden);
            hidden = self.norm(&name("attention.output.LayerNorm"), sum(&hidden, &attention));
            let mut up = self.linear(&name("intermediate.dense"), &hidden);
            up.iter_mut().flatten().for_each(|x| *x *= 0.5 * (1.0 + libm::erf(*x / 2f64.sqrt())));
            let down = self.linear(&name("output.dense"), &up);
            hidden = self.norm(&name("output.LayerNorm"), sum(&hidden, &down));
        }
        let mean =
            |index: usize| hidden.iter().map(|row| row[index]).sum::<f64>() / hidden.len() as f64;
        (0..hidden[0].len()).map(mean).collect()
    }
}

fn sum(a: &Matrix, b: &Matrix) -> Matrix {
    a.iter().zip(b).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect()).collect()
}

/// Positions of the longer model.
const POSITIONS: usize = 320;

/// tiny-bert with a position table of [`POSITIONS`] rows: the model's config and its weights.
fn longer() -> (String, Vec<u8>) {
    let Checkpoint { config, weights, .. } = F32;
    let mut config: Value = serde_json::from_str(config).unwrap();
    config["max_position_embeddings"] = json!(POSITIONS);
    let (length, rest) = weights.split_first_chunk::<8>().unwrap();
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut table: serde_json::Map<String, Value> = serde_json::from_slice(header).unwrap();
    let name = "embeddings.position_embeddings.weight";
    let mut entry = table.remove(name).unwrap();
    let at = |entry: &Value, index: usize| entry["data_offsets"][index].as_u64().unwrap() as usize;
    let (start, end) = (at(&entry, 0), at(&entry, 1));
    let row = (end - start) / entry["shape"][0].as_u64().unwrap() as usize;
    // Different rows: the old ones, read at a distance of one float from each other.
    let rows: Vec<u8> =
        (0..POSITIONS).flat_map(|i| data[start + i % 64 * 4..][..row].to_vec()).collect();
    entry["shape"][0] = json!(POSITIONS);
    entry["data_offsets"] =
        json!([data.len() - (end - start), data.len() - (end - start) + rows.len()]);
    for other in table.values_mut().filter(|other| other.get("data_offsets").is_some()) {
        for index in 0..2 {
            let offset = at(other, index);
            if offset >= end {
                other["data_offsets"][index] = json!(offset - (end - start));
            }
        }
    }
    table.insert(name.to_owned(), entry);
    let header = serde_json::to_vec(&table).unwrap();
    let length = (header.len() as u64).to_le_bytes();
    let file = [&length[..], &header, &data[..start], &data[end..], &rows].concat();
    (config.to_string(), file)
}

fn load(precision: Precision) -> (Engine, Naive) {
    let (config, weights) = longer();
    let about: Value = serde_json::from_str(&config).unwrap();
    let mut loader: Loader = F32.loader(precision);
    loader.file("config.json".to_owned(), config).unwrap();
    let length = format!(r#"{{"max_seq_length": {POSITIONS}}}"#);
    loader.file("sentence_bert_config.json".to_owned(), length).unwrap();
    loader.push(&weights).unwrap();
    let count = |name: &str| about[name].as_u64().unwrap() as usize;
    let (heads, layers) = (count("num_attention_heads"), count("num_hidden_layers"));
    (loader.finish().unwrap(), Naive { tensors: tensors(&weights), heads, layers })
}

#[wasm_bindgen_test]
fn long_texts_equal_the_naive_encoder() {
    let (mut engine, naive) = load(Precision::F32);
    let (mut int8, _) = load(Precision::Int8);
    // Around the rows of a feed-forward block, the tokens of a group, and the longest text.
    for words in [61, 62, 63, 127, 254, 255, 298, 318] {
        let words = (0..words).map(|i| ["a", "cat", "dog", "the", "sat"][i * i % 5]);
        let text = words.collect::<Vec<_>>().join(" ");
        let ids = engine.tokenize(&text).to_vec();
        assert!(ids.len() > 62 && ids.len() <= POSITIONS);
        let expected = naive.encode(&ids);
        let largest = expected.iter().fold(0.0f64, |max, x| max.max(x.abs()));
        let found = encode(&mut engine, &[&text], false, "");
        for (index, (f, e)) in found.iter().zip(&expected).enumerate() {
            let close = (f64::from(*f) - e).abs() <= 2e-5 * largest;
            assert!(close, "{} tokens: element {index} is {f}, expected {e}", ids.len());
        }
        // In a batch with others, and as int8.
        let batch = encode(&mut engine, &["cat", &text, "a dog"], false, "");
        assert_eq!(batch[found.len()..2 * found.len()], found);
        let int8 = encode(&mut int8, &[&text], false, "");
        let expected: Vec<f32> = expected.iter().map(|&x| x as f32).collect();
        assert!(crate::cosine(&int8, &expected) > 0.999);
    }
}
