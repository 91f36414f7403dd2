//! One exact limit in bytes, shared by every thread that spends from it.
//!
//! Invariant: the sum of all charges less the sum of all refunds is `spent`, and `spent <= limit` at every moment.
//! A charge comes before the memory is made, so that the limit is never exceeded, not even for an instant.

use crate::sync::{AtomicUsize, Ordering};

/// Counts bytes against a limit.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    spent: AtomicUsize,
}

impl Budget {
    /// A budget of `limit` bytes, of which none is spent.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, spent: AtomicUsize::new(0) }
    }

    /// Takes `bytes` from the budget, or nothing at all if that many are not left.
    #[must_use]
    pub fn charge(&self, bytes: usize) -> bool {
        // Relaxed: the counter guards no other memory. A read-modify-write sees the latest value whatever its
        // ordering, which is all that the limit needs.
        let charged = self.spent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |spent| {
            spent.checked_add(bytes).filter(|&total| total <= self.limit)
        });
        charged.is_ok()
    }

    /// Gives back `bytes` that were charged before.
    pub fn refund(&self, bytes: usize) {
        // Relaxed: as in `charge`.
        let before = self.spent.fetch_sub(bytes, Ordering::Relaxed);
        debug_assert!(bytes <= before, "refunded {bytes} bytes of {before}");
    }

    /// The limit in bytes; `usize::MAX` means none.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The limit in bytes, if there is one.
    #[must_use]
    pub fn finite_limit(&self) -> Option<usize> {
        Some(self.limit).filter(|&limit| limit != usize::MAX)
    }

    /// Bytes charged and not refunded.
    #[must_use]
    pub fn spent(&self) -> usize {
        self.spent.load(Ordering::Relaxed)
    }
}
