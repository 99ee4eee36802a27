//! Reads one model while its safetensors file streams in: a packed int8 file, a compact file, which
//! is decoded block by block, or a checkpoint in F32, F16 or BF16, which is quantised row by row.

mod checkpoint;
mod coded;
mod described;
mod targets;

use crate::engine::Engine;
use crate::files::json::Texts;
use crate::files::names;
use crate::files::settings::{Settings, check_max_length};
use crate::kernels::checksum::xxhash32;
use crate::kernels::dot::Activations;
use crate::kernels::quantize_weights::QuantizedRow;
use crate::kernels::span::as_int8;
use crate::model::arithmetic::Precision;
use crate::model::config::Config;
use crate::model::pipeline::Pipeline;
use crate::model::tensors::{EQUALIZATION_SUFFIX, Parameter, Wanted};
use crate::model::{Model, bag, tensors};
use crate::packed::{PACKED_VOCABULARY, SCALE_SUFFIX, TABLES, float_dtype, metadata, scale_dtype};
use crate::tokenizer::Tokenizer;
use crate::weights::dtype::{self, Dtype, FLOATS, decode_floats};
use crate::weights::header::Header;
use crate::weights::stream::{Delivery, RowStream, Tensor, TensorSink};
use crate::{Error, ErrorKind};
use coded::Coded;
pub use described::Outline;
use described::{Described, sources};
use targets::{Target, Targets};

/// Makes an [`Engine`] of a model's files.
///
/// An error sticks: whatever is called after it fails with the same one.
pub struct Loader(Result<Reading, Error>);

struct Reading {
    stream: RowStream,
    builder: Builder,
    /// See [`Loader::set_max_length`].
    limit: Option<usize>,
}

impl Loader {
    /// A loader for a model whose weights will be held in `precision`.
    pub fn new(precision: Precision) -> Self {
        let builder =
            Builder { precision, files: Texts::default(), described: None, building: None };
        Loader(Ok(Reading { stream: RowStream::default(), builder, limit: None }))
    }

    /// Gives one of the small files that describe a checkpoint: `config.json`, `tokenizer.json`,
    /// `1_Pooling/config.json` and so on. A packed file carries its own and needs none.
    pub fn file(&mut self, name: String, text: String) -> Result<(), Error> {
        let Reading { builder, .. } = self.0.as_mut().map_err(|error| error.clone())?;
        if builder.building.is_some() {
            let reason = format!("`{name}` was given after the weights' header had been read");
            return Err(Error::state(&reason));
        }
        builder.files.insert(name, text);
        Ok(())
    }

    /// All files beside a checkpoint were given: reads them, so that what is not supported is refused before
    /// the weights are downloaded. Without this it is refused once their header is there.
    pub fn read_files(&mut self) -> Result<(), Error> {
        let Reading { builder, .. } = self.0.as_mut().map_err(|error| error.clone())?;
        match Described::if_encoder(&builder.files) {
            Ok(described) => builder.described = described,
            Err(error) => {
                self.0 = Err(error.clone());
                return Err(error);
            }
        }
        Ok(())
    }

    /// What the model is, as soon as it is known: from the files beside a checkpoint or the weights' header.
    pub fn outline(&self) -> Option<Outline<'_>> {
        let builder = &self.0.as_ref().ok()?.builder;
        if let Some(Building { model, settings, .. }) = &builder.building {
            return Some(Outline::of(&model.config, &model.pipeline, settings));
        }
        let Described { config, pipeline, settings, .. } = builder.described.as_ref()?;
        Some(Outline::of(config, pipeline, settings))
    }

    /// Sets the longest text of the finished model: see [`Engine::set_max_length`]. Only after
    /// [`Loader::outline`] has said what the model is.
    pub fn set_max_length(&mut self, max_length: usize) -> Result<(), Error> {
        let outline = self.outline().ok_or_else(|| Error::state("no model is known yet"))?;
        check_max_length(max_length, outline.positions)?;
        if let Ok(reading) = &mut self.0 {
            reading.limit = Some(max_length);
        }
        Ok(())
    }

    /// Takes the next bytes of the safetensors file.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Reading { stream, builder, .. } = self.0.as_mut().map_err(|error| error.clone())?;
        let taken = stream.push(bytes, builder);
        self.stick(taken)
    }

    /// As [`Self::push`], for bytes that were stored with their xxHash32: they are compared first.
    pub fn push_stored(&mut self, bytes: &[u8], checksum: u32) -> Result<(), Error> {
        if self.0.is_ok() && xxhash32(bytes) != checksum {
            return self.stick(Err(ErrorKind::Damaged.into()));
        }
        self.push(bytes)
    }

    fn stick(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        if let Err(error) = &result {
            self.0 = Err(error.clone());
        }
        result
    }

    /// The finished model, if the whole file has arrived.
    pub fn finish(self) -> Result<Engine, Error> {
        let Reading { stream, builder, limit } = self.0?;
        stream.finish()?;
        let building = builder.building;
        let mut building = building.ok_or_else(|| Error::state("no weights were given"))?;
        // The tokenizer takes the memory of the tables, so that no more is needed than for int8.
        building.coded = Coded::default();
        let tokenizer = match building.tokenizer {
            TokenizerSource::Ready(tokenizer) => *tokenizer,
            TokenizerSource::Packed { vocabulary, options } => {
                Tokenizer::from_packed(&vocabulary, &options)?
            }
        };
        check_vocabulary(&tokenizer, &building.model.config)?;
        let mut engine = Engine::new(building.model, tokenizer, building.settings)?;
        if let Some(limit) = limit {
            engine.set_max_length(limit)?;
        }
        Ok(engine)
    }
}

struct Builder {
    precision: Precision,
    files: Texts,
    /// What the files say, if they were read before the weights.
    described: Option<Described>,
    building: Option<Building>,
}

/// A model whose header has been read and whose tensors are arriving.
struct Building {
    model: Model,
    settings: Settings,
    tokenizer: TokenizerSource,
    /// For each tensor of the file, where it goes: mostly to one parameter, or to none.
    targets: Vec<Vec<Target>>,
    /// What a compact file has in place of int8 tensors.
    coded: Coded,
    /// The row that is being read, decoded.
    floats: Vec<f32>,
    quantized: QuantizedRow,
}

enum TokenizerSource {
    Ready(Box<Tokenizer>),
    /// The vocabulary arrives as a tensor.
    Packed {
        vocabulary: Vec<u8>,
        options: String,
    },
}

impl TensorSink for Builder {
    fn begin(&mut self, header: &Header) -> Result<(), Error> {
        self.building = Some(if metadata::is_packed(header) {
            Building::packed(header, self.precision)?
        } else {
            Building::checkpoint(header, self.precision, &self.files, self.described.take())?
        });
        Ok(())
    }

    fn delivery(&self, tensor: usize) -> Delivery {
        let targets = self.building.as_ref().map_or(&[][..], |building| &building.targets[tensor]);
        match targets {
            [] => Delivery::Skip,
            [Target::Vocabulary] => Delivery::Pieces,
            _ => Delivery::Rows,
        }
    }

    fn piece(&mut self, _: Tensor, bytes: &[u8]) -> Result<(), Error> {
        if let Some(Building { tokenizer: TokenizerSource::Packed { vocabulary, .. }, .. }) =
            &mut self.building
        {
            vocabulary.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn rows(&mut self, tensor: Tensor, first: usize, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.building {
            Some(building) => building.rows(tensor, first, bytes),
            None => Ok(()),
        }
    }
}

impl Building {
    fn new(model: Model, settings: Settings, tokenizer: TokenizerSource, targets: Targets) -> Self {
        Building {
            model,
            settings,
            tokenizer,
            targets: targets.targets,
            coded: Coded::default(),
            floats: Vec::new(),
            quantized: QuantizedRow::default(),
        }
    }

    fn packed(header: &Header, precision: Precision) -> Result<Self, Error> {
        if precision != Precision::Int8 {
            return Err(Error::unsupported(
                "the packed int8 file",
                "precision",
                "`f32`: it needs the original checkpoint",
            ));
        }
        let metadata::Packed { config, pipeline, settings, tokenizer, activations } =
            metadata::read_metadata(header)?;
        let equalization = header.tensors.iter().find(|t| t.name.ends_with(EQUALIZATION_SUFFIX));
        if let (Some(tensor), Activations::Int14) = (equalization, activations) {
            let reason = "a part of files of another version";
            return Err(Error::unsupported(metadata::FILE, &tensor.name, reason));
        }
        let mut targets = Targets::new(header, &config)?;
        let mut coded = Coded::default();
        if settings.compact {
            targets.add_bytes(TABLES, (1, usize::MAX), Target::Tables)?;
        }
        for wanted in tensors::tensors(&config, &pipeline, activations) {
            let dtype = match tensors::scale_shape(&wanted, activations) {
                Some([_, groups]) if settings.compact => {
                    coded.expect(&wanted, groups, activations, &mut targets)?;
                    continue;
                }
                Some(shape) => {
                    let name = format!("{}{SCALE_SUFFIX}", wanted.name);
                    let dtype = scale_dtype(wanted.parameter, activations);
                    targets.add(&name, &shape, &[dtype], Target::Scales(wanted.parameter))?;
                    Dtype::I8
                }
                None => float_dtype(wanted.parameter, settings.compact),
            };
            targets.add(&wanted.name, &wanted.shape, &[dtype], Target::Tensor(wanted.parameter))?;
        }
        let length = targets.add_of_any_length(PACKED_VOCABULARY, Dtype::U8, Target::Vocabulary)?;
        let mut vocabulary = Vec::new();
        vocabulary.try_reserve_exact(length).map_err(|_| ErrorKind::TooLarge {
            what: "the vocabulary".to_owned(),
            bytes: length as u64,
        })?;
        let tokenizer = TokenizerSource::Packed { vocabulary, options: tokenizer };
        let model = Model::zeroed(config, pipeline, precision, activations)?;
        Ok(Building { coded, ..Building::new(model, settings, tokenizer, targets) })
    }

    fn checkpoint(
        header: &Header,
        precision: Precision,
        files: &Texts,
        described: Option<Described>,
    ) -> Result<Self, Error> {
        if bag::is_static(header) {
            return Building::without_layers(header, precision, files);
        }
        // Whatever can fail fails here, before more is downloaded.
        let Described { config, pipeline, settings, tokenizer } = match described {
            Some(described) => described,
            None => Described::read(files)?,
        };
        let prefix = checkpoint::prefix(header, &config)?;
        let mut targets = Targets::new(header, &config)?;
        checkpoint::check_layers(header, prefix, &config)?;
        for wanted in tensors::tensors(&config, &pipeline, Activations::Int14) {
            let name = checkpoint::name_in_file(header, prefix, wanted.name);
            targets.add(&name, &wanted.shape, FLOATS, Target::Tensor(wanted.parameter))?;
        }
        targets.check_unknown(prefix, &config)?;
        let model = Model::zeroed(config, pipeline, precision, Activations::Int14)?;
        Ok(Building::new(model, settings, TokenizerSource::Ready(Box::new(tokenizer)), targets))
    }

    /// A model of sentence-transformers' `StaticEmbedding` or of model2vec: see [`bag`].
    fn without_layers(header: &Header, precision: Precision, files: &Texts) -> Result<Self, Error> {
        let tokenizer = checkpoint::tokenizer(files, "")?.without_special_tokens();
        let config = bag::config_of(header, &tokenizer)?;
        let pipeline = Pipeline::from_files(files, &config)?;
        let mut settings = Settings::from_files(files, config.longest())?;
        settings.max_length = bag::max_length(&config, files)?;
        settings.sources = sources(files, &pipeline);
        check_vocabulary(&tokenizer, &config)?;
        let mut targets = Targets::new(header, &config)?;
        for wanted in tensors::tensors(&config, &pipeline, Activations::Int14) {
            let Wanted { name, shape, parameter } = wanted;
            let (dtypes, target) = match parameter {
                Parameter::Embedding(_) => (dtype::TABLES, Target::Integers(parameter)),
                Parameter::TokenWeights => (dtype::TOKEN_WEIGHTS, Target::Tensor(parameter)),
                Parameter::TokenRows => (dtype::INTEGERS, Target::Tensor(parameter)),
                _ => (FLOATS, Target::Tensor(parameter)),
            };
            targets.add(&name, &shape, dtypes, target)?;
        }
        let model = Model::zeroed(config, pipeline, precision, Activations::Int14)?;
        Ok(Building::new(model, settings, TokenizerSource::Ready(Box::new(tokenizer)), targets))
    }

    fn rows(&mut self, tensor: Tensor, first: usize, bytes: &[u8]) -> Result<(), Error> {
        let Tensor { index, entry } = tensor;
        let width = *entry.shape.last().unwrap_or(&1);
        // Nearly all bytes of a packed model are int8 rows that have one place.
        if let (&[Target::Tensor(parameter)], Dtype::I8) =
            (self.targets[index].as_slice(), entry.dtype)
        {
            self.model.slot(parameter).put_int8_rows(first, width, as_int8(bytes));
            return Ok(());
        }
        for (row, bytes) in (first..).zip(bytes.chunks(width * (entry.dtype.bits() / 8))) {
            self.row(tensor, row, bytes)?;
        }
        Ok(())
    }

    fn row(&mut self, tensor: Tensor, row: usize, bytes: &[u8]) -> Result<(), Error> {
        let Tensor { index, entry } = tensor;
        let first = row * entry.shape.last().unwrap_or(&1);
        for target in &self.targets[index] {
            match *target {
                Target::Vocabulary => {}
                Target::Tables => self.coded.set_tables(bytes)?,
                Target::Block(block) => {
                    self.coded.decode(block, &entry.name, bytes, &mut self.model)?;
                }
                Target::Scales(parameter) => {
                    decode_floats(entry.dtype, bytes, &mut self.floats, &entry.name, first)?;
                    self.model.slot(parameter).put_scales(row, &self.floats);
                }
                Target::Integers(parameter)
                    if entry.dtype == Dtype::I8 && self.model.precision == Precision::Int8 =>
                {
                    let groups = tensors::int8_group(parameter, self.model.activations)
                        .map_or(0, |group| bytes.len().div_ceil(group));
                    self.floats.clear();
                    self.floats.resize(groups, 1.0);
                    let mut slot = self.model.slot(parameter);
                    slot.put_int8(row, as_int8(bytes));
                    slot.put_scales(row, &self.floats);
                }
                Target::Tensor(parameter) if entry.dtype == Dtype::I8 => {
                    self.model.slot(parameter).put_int8(row, as_int8(bytes));
                }
                Target::Tensor(parameter) | Target::Integers(parameter) => {
                    decode_floats(entry.dtype, bytes, &mut self.floats, &entry.name, first)?;
                    match (parameter, &self.model.config.bag) {
                        (Parameter::TokenRows, Some(bag)) => bag.check_mapping(&self.floats)?,
                        (Parameter::Equalization(..), _) => {
                            check_equalization(&entry.name, &self.floats)?;
                        }
                        _ => {}
                    }
                    self.model.slot(parameter).put_floats(row, &self.floats, &mut self.quantized);
                }
            }
        }
        Ok(())
    }
}

fn check_equalization(name: &str, factors: &[f32]) -> Result<(), Error> {
    match factors.iter().position(|&factor| factor <= 0.0) {
        None => Ok(()),
        // Without the number itself: the engine has no other use for 15 KB that write decimal fractions.
        Some(index) => {
            let reason = format!("has a factor at index {index} that is not positive");
            Err(Error::field(metadata::FILE, name, &reason))
        }
    }
}

fn check_vocabulary(tokenizer: &Tokenizer, config: &Config) -> Result<(), Error> {
    let (pieces, rows) = (tokenizer.vocab_size(), config.vocabulary);
    if pieces > rows {
        let reason = format!("is {rows}, but the tokenizer has ids up to {}", pieces - 1);
        return Err(Error::field(names::CONFIG, "vocab_size", &reason));
    }
    Ok(())
}
