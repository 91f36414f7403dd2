//! Seeded workloads: the same run after run, and the same for every peer.

use std::{collections::HashSet, hash::BuildHasher};

use foldhash::fast::FixedState;

/// The seed of every workload.
pub const SEED: u64 = 0x000F_10F1_0F10;

/// A small generator of pseudo-random numbers (the algorithm is `SplitMix64`), so that a workload depends on its seed alone.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A generator that gives the same numbers for the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    #[expect(clippy::cast_possible_truncation, reason = "the high half of the product is less than `bound`")]
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// A number from 0 to 1, without 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What identifiers are put together from: words of source code and of workflow definitions.
const WORDS: &[&str] = &[
    "id",
    "node",
    "order",
    "user",
    "count",
    "index",
    "validate",
    "customer",
    "workflow",
    "retry",
    "timeout",
    "buffer",
    "address",
    "payment",
    "invoice",
    "shipping",
    "status",
    "result",
    "config",
    "session",
    "token",
    "handler",
    "request",
    "response",
    "update",
    "create",
    "delete",
    "list",
    "item",
    "price",
    "total",
    "date",
    "notification",
    "authentication",
    "inventory",
    "transaction",
    "x",
    "tmp",
    "max",
    "min",
    "is",
    "has",
    "on",
    "email",
    "name",
    "key",
    "value",
    "map",
    "pool",
    "queue",
    "task",
    "worker",
    "schedule",
    "batch",
    "stream",
    "event",
    "metric",
    "trace",
    "span",
    "parse",
    "encode",
    "decode",
    "fetch",
    "store",
    "merge",
    "split",
];

/// `count` different identifiers, in random order: one to four words in snake case, kebab case or camel case, the
/// longer ones with a number often. Most have 8 to 25 bytes.
#[must_use]
pub fn identifiers(count: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    let hasher = FixedState::default();
    let mut seen = HashSet::<u64, FixedState>::default();
    let mut identifiers = Vec::with_capacity(count);
    while identifiers.len() < count {
        let mut identifier = identifier(&mut random);
        // Short names run out; real programs number them too. Equal hashes only make one more number.
        while !seen.insert(hasher.hash_one(&identifier)) {
            identifier.push(char::from(b'0' + digit(&mut random)));
        }
        identifiers.push(identifier);
    }
    identifiers
}

fn identifier(random: &mut Random) -> String {
    let words = [1, 1, 2, 2, 2, 2, 3, 3, 3, 4][random.below(10)];
    let style = random.below(3);
    let mut identifier = String::with_capacity(32);
    for position in 0..words {
        let word = WORDS[random.below(WORDS.len())];
        match (position, style) {
            (0, _) => identifier.push_str(word),
            (_, 0) => identifier.extend(["_", word]),
            (_, 1) => identifier.extend(["-", word]),
            _ => {
                let (first, rest) = word.split_at(1);
                identifier.push_str(&first.to_ascii_uppercase());
                identifier.push_str(rest);
            }
        }
    }
    if words > 1 && random.below(4) == 0 {
        for _ in 0..=random.below(4) {
            identifier.push(char::from(b'0' + digit(random)));
        }
    }
    identifier
}

fn digit(random: &mut Random) -> u8 {
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9][random.below(10)]
}

/// `count` strings of 5 to 40 ASCII bytes, every length as likely.
#[must_use]
pub fn texts(count: usize, seed: u64) -> Vec<String> {
    let mut random = Random::new(seed);
    (0..count).map(|_| (0..5 + random.below(36)).map(|_| char::from(letter(&mut random))).collect()).collect()
}

fn letter(random: &mut Random) -> u8 {
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"[random.below(63)]
}

/// How often each string of a set is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Each as often as any other.
    Uniform,
    /// The `k`th in proportion to `1 / k` (Zipf, exponent 1): a few make up most of the accesses.
    Zipf,
}

/// `count` indices below `distinct`.
///
/// # Panics
///
/// If `distinct` is 0.
#[must_use]
pub fn accesses(count: usize, distinct: usize, access: Access, seed: u64) -> Vec<usize> {
    assert!(distinct != 0, "there is nothing to access");
    let mut random = Random::new(seed);
    match access {
        Access::Uniform => (0..count).map(|_| random.below(distinct)).collect(),
        Access::Zipf => {
            let mut sum = 0.0;
            let cumulative: Vec<f64> = (1..=distinct)
                .map(|rank| {
                    let weight = 1.0 / rank as f64;
                    sum += weight;
                    sum
                })
                .collect();
            (0..count)
                .map(|_| {
                    let point = random.unit() * sum;
                    cumulative.partition_point(|&up_to| up_to <= point).min(distinct - 1)
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    //! Workloads are what they say, and the same every time.

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn identifiers_are_distinct_and_repeatable() {
        let first = identifiers(10_000, SEED);
        assert_eq!(first, identifiers(10_000, SEED));
        assert_ne!(first, identifiers(10_000, SEED + 1));
        assert_eq!(first[..100], identifiers(100, SEED));
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 10_000);
        assert!(first.iter().all(|identifier| (1..=64).contains(&identifier.len())));
        let mean = first.iter().map(String::len).sum::<usize>() / first.len();
        assert!((12..=20).contains(&mean), "{mean}");
    }

    #[test]
    fn texts_have_all_lengths() {
        let lengths: BTreeSet<_> = texts(10_000, SEED).iter().map(String::len).collect();
        assert_eq!(lengths, (5..=40).collect());
    }

    #[test]
    fn zipf_prefers_the_first() {
        let zipf = accesses(100_000, 1000, Access::Zipf, SEED);
        let uniform = accesses(100_000, 1000, Access::Uniform, SEED);
        let first = |accesses: &[usize]| accesses.iter().filter(|&&index| index == 0).count();
        assert!((11_000..=16_000).contains(&first(&zipf)), "{}", first(&zipf));
        assert!((50..=200).contains(&first(&uniform)), "{}", first(&uniform));
        assert!(zipf.iter().chain(&uniform).all(|&index| index < 1000));
    }
}
