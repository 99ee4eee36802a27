//! A map from names to values in the order in which they came.
//!
//! It is a list: what is looked up in it here has some dozen entries, and the standard library's
//! maps would take 5 KB of code for each type of value.

#[derive(Debug, Clone, PartialEq)]
pub struct Entries<V>(Vec<(String, V)>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Entries(Vec::new())
    }
}

impl<V> Entries<V> {
    /// Sets the value of `name`, which has none or loses it.
    pub fn insert(&mut self, name: String, value: V) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.push(name, value),
        }
    }

    /// As [`Self::insert`] for a `name` that is known to be new, without looking.
    pub fn push(&mut self, name: String, value: V) {
        self.0.push((name, value));
    }

    pub fn get(&self, name: &str) -> Option<&V> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn keeps_the_order_and_the_last_value() {
        let mut entries = Entries::default();
        assert!(entries.is_empty());
        for (name, value) in [("b", 1), ("a", 2), ("b", 3)] {
            entries.insert(name.to_owned(), value);
        }
        assert_eq!(entries.iter().collect::<Vec<_>>(), [("b", &3), ("a", &2)]);
        assert_eq!((entries.get("a"), entries.get("c"), entries.len()), (Some(&2), None, 2));
    }
}
