//! Cuts the data of a safetensors file, which arrives in pieces of any size, into rows of tensors.

use super::header::{Header, PREFIX, TensorEntry, header_length};
use crate::{Error, ErrorKind};

/// What takes the tensors of a file as they arrive.
pub trait TensorSink {
    /// Called once, when the table of tensors is complete.
    fn begin(&mut self, header: &Header) -> Result<(), Error>;
    /// How the tensor at this index of the header is to be delivered.
    fn delivery(&self, tensor: usize) -> Delivery;
    /// The next rows (a row is the last dimension) of a tensor that is delivered by rows, from row
    /// `first` on: as many whole ones as have arrived, at least one.
    fn rows(&mut self, tensor: Tensor, first: usize, bytes: &[u8]) -> Result<(), Error>;
    /// The next bytes of a tensor that is delivered in pieces.
    fn piece(&mut self, tensor: Tensor, bytes: &[u8]) -> Result<(), Error>;
}

/// How a tensor reaches its sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Not at all.
    Skip,
    /// In whole rows.
    Rows,
    /// As its bytes arrive, so that nothing is held here.
    Pieces,
}

/// A tensor by its index in the header and its entry there.
#[derive(Clone, Copy)]
pub struct Tensor<'h> {
    /// The index in the header.
    pub index: usize,
    /// The entry there.
    pub entry: &'h TensorEntry,
}

/// The state between two pieces of a file.
pub struct RowStream {
    state: State,
    /// Bytes taken so far.
    position: u64,
}

enum State {
    /// Collecting the prefix and the table.
    Header(Vec<u8>),
    Data(Data),
}

struct Data {
    header: Header,
    /// The tensor that is arriving, or `tensors.len()` at the end.
    tensor: usize,
    /// The row of it that is arriving.
    row: usize,
    /// What has arrived of a row that a piece cut.
    partial: Vec<u8>,
    /// Bytes of the data that have arrived.
    offset: usize,
}

impl Default for RowStream {
    fn default() -> Self {
        RowStream { state: State::Header(Vec::new()), position: 0 }
    }
}

impl RowStream {
    /// Takes the next bytes of the file.
    pub fn push(&mut self, mut bytes: &[u8], sink: &mut impl TensorSink) -> Result<(), Error> {
        self.position += bytes.len() as u64;
        while !bytes.is_empty() {
            match &mut self.state {
                State::Header(collected) => {
                    let wanted = match collected.first_chunk::<PREFIX>() {
                        Some(prefix) => PREFIX + header_length(*prefix)?,
                        None => PREFIX,
                    };
                    let taken = bytes.len().min(wanted - collected.len());
                    collected.extend_from_slice(&bytes[..taken]);
                    bytes = &bytes[taken..];
                    let complete = match collected.first_chunk::<PREFIX>() {
                        Some(prefix) => collected.len() == PREFIX + header_length(*prefix)?,
                        None => false,
                    };
                    if complete {
                        let header = Header::parse(collected)?;
                        sink.begin(&header)?;
                        self.state = State::Data(Data::new(header));
                    }
                }
                State::Data(data) => bytes = data.take(bytes, sink)?,
            }
        }
        Ok(())
    }

    /// Fails unless the whole file has arrived.
    pub fn finish(&self) -> Result<(), Error> {
        match &self.state {
            State::Header(collected) => {
                let expected = match collected.first_chunk::<PREFIX>() {
                    Some(prefix) => PREFIX + header_length(*prefix)?,
                    None => PREFIX,
                };
                Err(ErrorKind::Truncated {
                    what: "the safetensors header".to_owned(),
                    expected: expected as u64,
                    found: self.position,
                }
                .into())
            }
            State::Data(data) if data.offset < data.header.data_length() => {
                let tensor = data.header.tensors.get(data.tensor);
                let missing = (data.header.data_length() - data.offset) as u64;
                Err(ErrorKind::Truncated {
                    what: match tensor {
                        Some(tensor) => format!("the file, in tensor `{}`,", tensor.name),
                        None => "the file".to_owned(),
                    },
                    expected: self.position + missing,
                    found: self.position,
                }
                .into())
            }
            State::Data(_) => Ok(()),
        }
    }
}

/// Bytes of one row of `tensor`: its last dimension, or the whole of a vector.
fn row_bytes(tensor: &TensorEntry) -> usize {
    let size = tensor.dtype.bits() / 8;
    tensor.shape.last().map_or(size, |n| n.saturating_mul(size))
}

impl Data {
    fn new(header: Header) -> Self {
        Data { header, tensor: 0, row: 0, partial: Vec::new(), offset: 0 }
    }

    /// Takes bytes of one tensor from the front and returns the rest.
    fn take<'b>(&mut self, bytes: &'b [u8], sink: &mut impl TensorSink) -> Result<&'b [u8], Error> {
        let entry = loop {
            let Some(entry) = self.header.tensors.get(self.tensor) else {
                return Err(ErrorKind::NotSafetensors {
                    reason: format!("{} bytes follow the last tensor", bytes.len()),
                }
                .into());
            };
            if self.offset < entry.end {
                break entry;
            }
            self.tensor += 1;
            self.row = 0;
        };
        let taken = bytes.len().min(entry.end - self.offset);
        let (mut now, rest) = bytes.split_at(taken);
        self.offset += taken;
        let tensor = Tensor { index: self.tensor, entry };
        match sink.delivery(self.tensor) {
            Delivery::Skip => return Ok(rest),
            Delivery::Pieces => return sink.piece(tensor, now).map(|()| rest),
            Delivery::Rows => {}
        }
        let row = row_bytes(entry);
        if !self.partial.is_empty() {
            let (head, tail) = now.split_at(now.len().min(row - self.partial.len()));
            self.partial.extend_from_slice(head);
            now = tail;
            if self.partial.len() == row {
                sink.rows(tensor, self.row, &self.partial)?;
                self.row += 1;
                self.partial.clear();
            }
        }
        let count = now.len() / row;
        let (whole, remainder) = now.split_at(count * row);
        if count > 0 {
            sink.rows(tensor, self.row, whole)?;
            self.row += count;
        }
        self.partial.extend_from_slice(remainder);
        Ok(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[derive(Default)]
    struct Rows(Vec<(String, usize, Vec<u8>)>, Vec<u8>);

    impl TensorSink for Rows {
        fn begin(&mut self, header: &Header) -> Result<(), Error> {
            assert!(self.0.is_empty() && header.tensors.len() == 5);
            Ok(())
        }
        fn delivery(&self, tensor: usize) -> Delivery {
            [Delivery::Rows, Delivery::Rows, Delivery::Skip, Delivery::Rows, Delivery::Pieces]
                [tensor]
        }
        fn piece(&mut self, tensor: Tensor, bytes: &[u8]) -> Result<(), Error> {
            assert!(tensor.index == 4 && !bytes.is_empty());
            self.1.extend_from_slice(bytes);
            Ok(())
        }
        fn rows(&mut self, tensor: Tensor, first: usize, bytes: &[u8]) -> Result<(), Error> {
            assert!(!bytes.is_empty() && bytes.len() % row_bytes(tensor.entry) == 0);
            for (index, row) in bytes.chunks(row_bytes(tensor.entry)).enumerate() {
                self.0.push((tensor.entry.name.clone(), first + index, row.to_vec()));
            }
            Ok(())
        }
    }

    fn file() -> Vec<u8> {
        let json = r#"{"empty":{"dtype":"I8","shape":[0,3],"data_offsets":[0,0]},"a":{"dtype":"I8","shape":[2,3],"data_offsets":[0,6]},"skipped":{"dtype":"I64","shape":[1],"data_offsets":[6,14]},"v":{"dtype":"F32","shape":[1],"data_offsets":[14,18]},"w":{"dtype":"U8","shape":[6],"data_offsets":[18,24]}}"#;
        let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
        bytes.extend(json.as_bytes());
        bytes.extend(1..=24u8);
        bytes
    }

    #[wasm_bindgen_test]
    fn gives_the_same_rows_however_the_file_is_cut() {
        let file = file();
        for piece in [1, 2, 3, 5, 7, 8, 9, 100, 1000] {
            let (mut stream, mut rows) = (RowStream::default(), Rows::default());
            for bytes in file.chunks(piece) {
                stream.push(bytes, &mut rows).unwrap();
            }
            stream.finish().unwrap();
            let expected = [
                ("a".to_owned(), 0, vec![1, 2, 3]),
                ("a".to_owned(), 1, vec![4, 5, 6]),
                ("v".to_owned(), 0, vec![15, 16, 17, 18]),
            ];
            assert_eq!(rows.0, expected);
            assert_eq!(rows.1, [19, 20, 21, 22, 23, 24]);
        }
    }

    #[wasm_bindgen_test]
    fn a_file_that_ends_early_is_named_where_it_ends() {
        let file = file();
        for end in 0..file.len() {
            let mut stream = RowStream::default();
            stream.push(&file[..end], &mut Rows::default()).unwrap();
            let error = stream.finish().unwrap_err();
            let ErrorKind::Truncated { what, expected, found } = error.kind().clone() else {
                panic!("{error:?}");
            };
            assert_eq!(found, end as u64);
            assert!(expected > found);
            if end + 1 == file.len() {
                assert_eq!(expected, file.len() as u64);
                assert!(what.contains("`w`"), "{what}");
            }
        }
    }

    #[wasm_bindgen_test]
    fn bytes_after_the_last_tensor_are_refused() {
        let mut file = file();
        file.push(0);
        let error = RowStream::default().push(&file, &mut Rows::default()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotSafetensors { .. }));
    }
}
