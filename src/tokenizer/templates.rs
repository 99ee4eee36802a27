//! Post-processor templates: where [CLS] and [SEP] go around one text or two.

/// What a template puts at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Token ids that the template itself brings.
    Special { ids: Vec<u32>, type_id: u8 },
    /// The tokens of the first text (0) or the second (1).
    Sequence { index: usize, type_id: u8 },
}

/// The templates for one text and for a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Templates {
    pub(super) single: Vec<Part>,
    /// `None` where the tokenizer has no usable template for pairs.
    pub(super) pair: Option<Vec<Part>>,
}

impl Templates {
    /// Templates that put nothing around texts.
    pub(super) fn none() -> Self {
        Templates { single: vec![Part::Sequence { index: 0, type_id: 0 }], pair: None }
    }

    /// Makes the type of all tokens 0.
    pub(super) fn clear_types(&mut self) {
        for part in self.single.iter_mut().chain(self.pair.iter_mut().flatten()) {
            match part {
                Part::Special { type_id, .. } | Part::Sequence { type_id, .. } => *type_id = 0,
            }
        }
    }
}

/// How many tokens a template adds to those of the texts.
pub(super) fn added(template: &[Part]) -> usize {
    template
        .iter()
        .map(|part| match part {
            Part::Special { ids, .. } => ids.len(),
            Part::Sequence { .. } => 0,
        })
        .sum()
}

/// The special tokens before the first text and after it, for a template of one text.
pub(super) fn around(
    template: &[Part],
) -> (impl Iterator<Item = u32> + '_, impl Iterator<Item = u32> + '_) {
    let at = template
        .iter()
        .position(|part| matches!(part, Part::Sequence { .. }))
        .unwrap_or(template.len());
    (special(&template[..at]), special(&template[at..]))
}

fn special(parts: &[Part]) -> impl Iterator<Item = u32> + '_ {
    parts
        .iter()
        .flat_map(|part| match part {
            Part::Special { ids, .. } => ids.as_slice(),
            Part::Sequence { .. } => &[],
        })
        .copied()
}
