//! Chance for tests with threads: random numbers with a seed, and keys and values that dawdle where user code runs,
//! so that other threads come between.

use std::{
    cell::Cell,
    hash::{Hash, Hasher},
    hint, thread,
};

thread_local! {
    static DAWDLING: Cell<u64> = const { Cell::new(0) };
}

/// Random numbers: the same for the same seed.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (splitmix64).
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number less than `limit`.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.next() % u64::from(limit)).expect("less than a u32")
    }
}

/// Has this thread dawdle, in ways that `seed` determines, until `work` is done. Elsewhere `dawdle` does nothing.
pub(crate) fn with_dawdling<T>(seed: u64, work: impl FnOnce() -> T) -> T {
    DAWDLING.set(seed | 1);
    let value = work();
    DAWDLING.set(0);
    value
}

/// Takes a while, or lets another thread run, or does nothing.
pub(crate) fn dawdle() {
    let state = DAWDLING.get();
    if state == 0 {
        return;
    }
    let mut random = Random(state);
    let chance = random.next();
    DAWDLING.set(random.0 | 1);
    match chance % 8 {
        0 | 1 => thread::yield_now(),
        2 => (0..chance >> 8 & 0x3ff).for_each(|_| hint::spin_loop()),
        _ => {}
    }
}

/// A key whose user code dawdles: a number, and one more for fillers, which are many, and which no history is about.
#[derive(Debug)]
pub(crate) struct SlowKey(pub(crate) u8, pub(crate) u32);

impl SlowKey {
    pub(crate) fn new(number: u8) -> Self {
        Self(number, 0)
    }

    /// Few of the fillers do: with all of them, no work would be done where other programs keep the cores busy.
    fn dawdle(&self) {
        if self.1.is_multiple_of(16) {
            dawdle();
        }
    }
}

impl Clone for SlowKey {
    fn clone(&self) -> Self {
        self.dawdle();
        Self(self.0, self.1)
    }
}

impl PartialEq for SlowKey {
    fn eq(&self, other: &Self) -> bool {
        self.dawdle();
        (self.0, self.1) == (other.0, other.1)
    }
}

impl Eq for SlowKey {}

impl Hash for SlowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dawdle();
        (self.0, self.1).hash(state);
    }
}

/// A value whose user code dawdles, unless it is a filler's.
#[derive(Debug)]
pub(crate) struct Slow(pub(crate) u32);

impl Slow {
    /// The value of fillers.
    pub(crate) const FILLER: Self = Self(u32::MAX);
}

impl Clone for Slow {
    fn clone(&self) -> Self {
        if self.0 != Self::FILLER.0 {
            dawdle();
        }
        Self(self.0)
    }
}

impl PartialEq for Slow {
    fn eq(&self, other: &Self) -> bool {
        dawdle();
        self.0 == other.0
    }
}

impl Eq for Slow {}

/// Does something at the end of a scope, also when that ends by a panic: others may wait for it.
pub(crate) struct Finally<F: Fn()>(pub(crate) F);

impl<F: Fn()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
