//! Hashers that a user might choose, the worst ones among them.

use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};

/// One of them, chosen when a test runs, so that a suite is compiled once.
#[derive(Clone, Debug)]
pub(crate) enum Chosen {
    Sip(RandomState),
    Identity,
    Constant,
}

impl Chosen {
    pub(crate) fn sip() -> Self {
        Self::Sip(RandomState::new())
    }
}

impl Default for Chosen {
    fn default() -> Self {
        Self::sip()
    }
}

impl BuildHasher for Chosen {
    type Hasher = ChosenHasher;

    fn build_hasher(&self) -> ChosenHasher {
        match self {
            Self::Sip(state) => ChosenHasher::Sip(state.build_hasher()),
            Self::Identity => ChosenHasher::Identity(IdentityHasher(0)),
            Self::Constant => ChosenHasher::Constant(ConstantHasher),
        }
    }
}

/// What [`Chosen`] builds.
#[derive(Clone, Debug)]
pub(crate) enum ChosenHasher {
    Sip(DefaultHasher),
    Identity(IdentityHasher),
    Constant(ConstantHasher),
}

impl Hasher for ChosenHasher {
    fn write(&mut self, bytes: &[u8]) {
        match self {
            Self::Sip(hasher) => hasher.write(bytes),
            Self::Identity(hasher) => hasher.write(bytes),
            Self::Constant(hasher) => hasher.write(bytes),
        }
    }

    fn write_u64(&mut self, value: u64) {
        match self {
            Self::Sip(hasher) => hasher.write_u64(value),
            Self::Identity(hasher) => hasher.write_u64(value),
            Self::Constant(hasher) => hasher.write_u64(value),
        }
    }

    fn finish(&self) -> u64 {
        match self {
            Self::Sip(hasher) => hasher.finish(),
            Self::Identity(hasher) => hasher.finish(),
            Self::Constant(hasher) => hasher.finish(),
        }
    }
}

/// Returns the same for all keys, so that all of them collide.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Constant;

/// Returns integers as they are, so that small keys differ in their lowest bits only, and folds longer text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdentityHasher(u64);

/// Ignores what is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ConstantHasher;

impl Hasher for IdentityHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl BuildHasher for Constant {
    type Hasher = ConstantHasher;

    fn build_hasher(&self) -> ConstantHasher {
        ConstantHasher
    }
}

impl Hasher for ConstantHasher {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        0
    }
}
