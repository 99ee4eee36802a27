//! Where the tensors of a file go.

use crate::files::names;
use crate::model::config::Config;
use crate::model::tensors::{self, Parameter};
use crate::weights::dtype::{self, Dtype};
use crate::weights::header::{Header, TensorEntry};
use crate::{Error, ErrorKind};

#[derive(Clone, Copy)]
pub(super) enum Target {
    Tensor(Parameter),
    /// Integers that an int8 tensor takes as they are.
    Integers(Parameter),
    /// The scales of a packed file's int8 tensor.
    Scales(Parameter),
    Vocabulary,
    /// The tables of a compact file.
    Tables,
    /// A block of a compact file, by its number.
    Block(usize),
}

/// Collects where the tensors of a file go, and checks each.
pub(super) struct Targets<'h> {
    header: &'h Header,
    /// A tensor can have several: a module that is listed twice has its weights twice.
    pub targets: Vec<Vec<Target>>,
}

impl<'h> Targets<'h> {
    pub fn new(header: &'h Header, config: &Config) -> Result<Self, Error> {
        let count = header.tensors.len();
        // Every layer has tensors; a larger number would only make a long list to look for.
        if config.layers > count {
            let reason = format!("is {}, but the weights have {count} tensors", config.layers);
            return Err(Error::field(names::CONFIG, "num_hidden_layers", &reason));
        }
        Ok(Targets { header, targets: vec![Vec::new(); count] })
    }

    pub fn add(
        &mut self,
        name: &str,
        shape: &[usize],
        dtypes: &[Dtype],
        target: Target,
    ) -> Result<(), Error> {
        let (index, entry) = self.find(name, dtypes)?;
        if entry.shape != shape {
            return Err(ErrorKind::WrongShape {
                name: name.to_owned(),
                expected: shape.to_vec(),
                found: entry.shape.clone(),
            }
            .into());
        }
        self.targets[index].push(target);
        Ok(())
    }

    /// Fails where a layer has a tensor that nothing here wants: it is of another kind of encoder.
    pub fn check_unknown(&self, prefix: &str, config: &Config) -> Result<(), Error> {
        let stem = format!("{prefix}{}", tensors::stem(config.architecture));
        for (entry, target) in self.header.tensors.iter().zip(&self.targets) {
            if target.is_empty() && entry.name.starts_with(&stem) {
                return Err(Error::unsupported("the weights", &entry.name, "part of a layer"));
            }
        }
        Ok(())
    }

    /// Adds a vector of bytes, and returns how many it has.
    pub fn add_of_any_length(
        &mut self,
        name: &str,
        dtype: Dtype,
        target: Target,
    ) -> Result<usize, Error> {
        let (index, entry) = self.find(name, &[dtype])?;
        self.targets[index].push(target);
        Ok(entry.end - entry.start)
    }

    pub(super) fn find(
        &self,
        name: &str,
        dtypes: &[Dtype],
    ) -> Result<(usize, &'h TensorEntry), Error> {
        let index = self.header.index(name);
        let index = index.ok_or_else(|| ErrorKind::MissingTensor { name: name.to_owned() })?;
        let entry = &self.header.tensors[index];
        if !dtypes.contains(&entry.dtype) {
            return Err(ErrorKind::WrongDtype {
                name: name.to_owned(),
                expected: dtype::names(dtypes),
                found: entry.dtype.name().to_owned(),
            }
            .into());
        }
        Ok((index, entry))
    }
}
