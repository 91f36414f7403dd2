//! Hashers without a random seed, from a good one to the worst.

use std::hash::{BuildHasher, DefaultHasher, Hasher};

use crate::input::Input;

/// One of them, chosen by the input.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Chosen {
    /// A good one.
    #[default]
    Good,
    /// Only its lowest bits differ.
    Low,
    /// Only its highest bits differ.
    High,
    /// The same for everything.
    Constant,
}

impl Chosen {
    pub(crate) fn decode(input: &mut Input<'_>) -> Self {
        match input.below(8) {
            0..=3 => Self::Good,
            4 | 5 => Self::Low,
            6 => Self::High,
            _ => Self::Constant,
        }
    }
}

impl BuildHasher for Chosen {
    type Hasher = ChosenHasher;

    fn build_hasher(&self) -> ChosenHasher {
        ChosenHasher { kind: *self, hasher: DefaultHasher::new() }
    }
}

/// What [`Chosen`] builds.
#[derive(Clone, Debug)]
pub(crate) struct ChosenHasher {
    kind: Chosen,
    hasher: DefaultHasher,
}

impl Hasher for ChosenHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.hasher.write(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.hasher.finish();
        match self.kind {
            Chosen::Good => hash,
            Chosen::Low => hash % 8,
            Chosen::High => hash << 60,
            Chosen::Constant => 0,
        }
    }
}
