//! The encoder in float32, as plain matrices: what is packed, and what calibration runs.

/// The linear maps of a layer, in the order of their weights in files.
pub const MAPS: usize = 6;
pub const QUERY: usize = 0;
pub const KEY: usize = 1;
pub const VALUE: usize = 2;
pub const ATTENTION_OUTPUT: usize = 3;
pub const UP: usize = 4;
pub const DOWN: usize = 5;

/// What stands between the two maps of a feed-forward block.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Activation {
    Gelu,
    GeluTanh,
    Relu,
    Silu,
}

impl Activation {
    /// By its name in config.json.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "gelu" => Activation::Gelu,
            "gelu_new" | "gelu_pytorch_tanh" => Activation::GeluTanh,
            "relu" => Activation::Relu,
            "silu" | "swish" => Activation::Silu,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub hidden: usize,
    pub heads: usize,
    pub intermediate: usize,
    pub epsilon: f32,
    pub activation: Activation,
    /// The position of a text's first piece.
    pub first_position: usize,
    /// Whether a text's vector is that of its first piece, or else the mean over its pieces.
    pub first_piece: bool,
}

#[derive(Default)]
pub struct Linear {
    /// A row for each output.
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Linear {
    /// Divides the weights of each input by its factor.
    pub fn divide(&mut self, factors: &[f32]) {
        for row in self.weight.chunks_exact_mut(factors.len()) {
            row.iter_mut().zip(factors).for_each(|(weight, e)| *weight /= e);
        }
    }
}

#[derive(Default)]
pub struct Norm {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

#[derive(Default)]
pub struct Layer {
    pub maps: [Linear; MAPS],
    /// Behind attention, and behind the feed-forward block.
    pub norms: [Norm; 2],
}

pub struct Model {
    pub shape: Shape,
    pub words: Vec<f32>,
    pub positions: Vec<f32>,
    /// Token types; empty where the model has none.
    pub types: Vec<f32>,
    pub norm: Norm,
    pub layers: Vec<Layer>,
}

impl Model {
    pub fn empty(shape: Shape, layers: usize) -> Self {
        Model {
            shape,
            words: Vec::new(),
            positions: Vec::new(),
            types: Vec::new(),
            norm: Norm::default(),
            layers: (0..layers).map(|_| Layer::default()).collect(),
        }
    }

    /// Where a tensor goes, by a name such as `words`, `norm.weight`, `3.map.5.bias` or
    /// `3.norm.0.weight`.
    pub fn slot(&mut self, name: &str) -> Option<&mut Vec<f32>> {
        let parts: Vec<&str> = name.split('.').collect();
        Some(match parts.as_slice() {
            ["words"] => &mut self.words,
            ["positions"] => &mut self.positions,
            ["types"] => &mut self.types,
            ["norm", "weight"] => &mut self.norm.gamma,
            ["norm", "bias"] => &mut self.norm.beta,
            [layer, kind, index, part] => {
                let layer = self.layers.get_mut(layer.parse::<usize>().ok()?)?;
                let index: usize = index.parse().ok()?;
                match (*kind, *part) {
                    ("map", "weight") => &mut layer.maps.get_mut(index)?.weight,
                    ("map", "bias") => &mut layer.maps.get_mut(index)?.bias,
                    ("norm", "weight") => &mut layer.norms.get_mut(index)?.gamma,
                    ("norm", "bias") => &mut layer.norms.get_mut(index)?.beta,
                    _ => return None,
                }
            }
            _ => return None,
        })
    }

    /// Inputs of a map: the length of its rows.
    pub fn inputs(&self, map: usize) -> usize {
        if map == DOWN { self.shape.intermediate } else { self.shape.hidden }
    }

    pub fn outputs(&self, map: usize) -> usize {
        if map == UP { self.shape.intermediate } else { self.shape.hidden }
    }

    /// Fails with the name of a tensor that is missing or of another size than the shape says.
    pub fn check(&self) -> Result<(), String> {
        self.check_embeddings()?;
        (0..self.layers.len()).try_for_each(|index| self.check_layer(index))
    }

    /// [`Self::check`] of what is in front of the layers.
    pub fn check_embeddings(&self) -> Result<(), String> {
        let Shape { hidden, intermediate, heads, .. } = self.shape;
        if hidden == 0 || intermediate == 0 || heads == 0 || hidden % heads != 0 {
            return Err("the shape".to_owned());
        }
        for (name, table) in
            [("words", &self.words), ("positions", &self.positions), ("types", &self.types)]
        {
            if table.len() % hidden != 0 || (table.is_empty() && name != "types") {
                return Err(name.to_owned());
            }
        }
        self.check_norm("norm".to_owned(), &self.norm)
    }

    /// [`Self::check`] of a layer.
    pub fn check_layer(&self, index: usize) -> Result<(), String> {
        let layer = &self.layers[index];
        for (map, linear) in layer.maps.iter().enumerate() {
            let (outputs, inputs) = (self.outputs(map), self.inputs(map));
            if linear.weight.len() != outputs * inputs || linear.bias.len() != outputs {
                return Err(format!("{index}.map.{map}"));
            }
        }
        for (which, layer_norm) in layer.norms.iter().enumerate() {
            self.check_norm(format!("{index}.norm.{which}"), layer_norm)?;
        }
        Ok(())
    }

    fn check_norm(&self, name: String, norm: &Norm) -> Result<(), String> {
        let fits = [&norm.gamma, &norm.beta].iter().all(|part| part.len() == self.shape.hidden);
        if fits { Ok(()) } else { Err(name) }
    }
}
