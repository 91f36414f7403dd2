//! What the other crates of Flow share with this one. Not for use elsewhere: it changes without notice, which is why
//! they depend on exactly the version that they were released with.

pub use crate::{
    first_panic::{FirstPanic, discard},
    raw::{
        budget::Budget,
        poison::{poison, unpoison},
    },
    string_pool::hit_rate,
};

/// Numbers of threads.
pub mod thread_index {
    pub use crate::thread_index::{AtExit, at_exit, current, get_or_assign};
}
