#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod allocation_methods;
mod arena;
mod error;
mod first_panic;
mod hash;
#[doc(hidden)]
pub mod internal;
mod lane;
#[cfg(feature = "lasso")]
mod lasso;
mod raw;
#[cfg(feature = "serde")]
mod serde;
mod string_pool;
mod symbol;
mod sync;
mod text;
mod text_methods;
mod thread_index;

pub use arena::{Arena, ArenaBuilder, ArenaStats};
pub use error::{AllocError, SharedArenaError};
pub use hash::{DefaultHashBuilder, DefaultHasher};
pub use lane::Lane;
pub use string_pool::{
    FrozenStringPool, InternError, StringPool, StringPoolBuilder, StringPoolIter, StringPoolStats,
};
pub use symbol::Symbol;

/// Formats into an [`Arena`] or a [`Lane`], with the syntax of [`format!`]; the result is a `&mut str`.
///
/// Costs and panics as [`Arena::alloc_fmt`] does; for an error instead, give `format_args!` to
/// [`Arena::try_alloc_fmt`].
///
/// # Examples
///
/// ```
/// use flow_arena::{Arena, arena_format};
///
/// let arena = Arena::new();
/// let id = 7;
/// assert_eq!(arena_format!(arena, "node-{id:03}"), "node-007");
/// ```
#[macro_export]
macro_rules! arena_format {
    ($arena:expr, $($arguments:tt)*) => {
        $arena.alloc_fmt(::core::format_args!($($arguments)*))
    };
}
