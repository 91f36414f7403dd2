//! Finding a byte among the tags of a leaf, 16 at a time.

/// How many tags are looked at together.
pub(crate) const GROUP: usize = 16;

/// What no hash has for a tag.
pub(crate) const NO_TAG: u8 = 0;

/// The tag of a hash: its lowest eight bits, which no branch uses before all others are used up, but not [`NO_TAG`].
#[inline]
pub(crate) fn tag_of(hash: u64) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "the lowest bits")]
    let lowest = hash as u8;
    lowest + u8::from(lowest == NO_TAG)
}

/// Bit `i` is set where `tags[i]` is `tag`.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(miri)))]
#[inline]
pub(crate) fn matches(tags: &[u8; GROUP], tag: u8) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8};

    // SAFETY: sixteen bytes, and the load needs no alignment; SSE2 is there, by the `cfg`.
    let equal = unsafe {
        let wanted = _mm_set1_epi8(tag.cast_signed());
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(tags.as_ptr().cast()), wanted))
    };
    equal.cast_unsigned()
}

/// Bit `i` is set where `tags[i]` is `tag`.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(miri))))]
#[inline]
pub(crate) fn matches(tags: &[u8; GROUP], tag: u8) -> u32 {
    tags.iter().rev().fold(0, |mask, &there| (mask << 1) | u32::from(there == tag))
}

#[cfg(test)]
mod tests {
    //! Against the obvious loop.

    use super::*;

    #[test]
    fn each_place_is_found() {
        for place in 0..GROUP {
            let mut tags = [7; GROUP];
            tags[place] = 200;
            assert_eq!(matches(&tags, 200), 1 << place);
            assert_eq!(matches(&tags, 7), u32::from(!(1u16 << place)));
            assert_eq!(matches(&tags, 0), 0);
        }
    }
}
