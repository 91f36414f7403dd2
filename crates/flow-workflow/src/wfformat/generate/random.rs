//! Random numbers that are the same everywhere.

use std::ops::Range;

/// `SplitMix64`, of Steele, Lea and Flood (2014): small, good enough for shapes, and no dependency.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// One of a range that is not empty, all nearly as likely.
    pub(super) fn within(&mut self, range: Range<u64>) -> u64 {
        // The upper half of the product of two 64-bit numbers is below either.
        let product = u128::from(self.next()) * u128::from(range.end - range.start);
        let offset = u64::try_from(product >> 64).expect("the upper half of 128 bits");
        range.start + offset
    }

    /// One below `limit`, which is not 0.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.within(0..limit as u64)).expect("below a usize")
    }
}

#[cfg(test)]
mod tests {
    //! The published numbers.

    use super::*;

    #[test]
    fn the_first_numbers_are_those_of_the_reference() {
        let mut random = Random::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_its_ends() {
        let mut random = Random::new(0);
        let numbers: Vec<u64> = (0..1000).map(|_| random.within(5..8)).collect();
        assert_eq!((numbers.iter().min(), numbers.iter().max()), (Some(&5), Some(&7)));
    }
}
