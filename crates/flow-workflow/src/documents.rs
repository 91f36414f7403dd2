//! The documents of the repository, so that the doc tests compile and run the code in them. No part of the crate.

#[doc = include_str!("../../../README.md")]
mod readme {}

#[doc = include_str!("../../../CONTRIBUTING.md")]
mod contributing {}

#[cfg(all(feature = "chrome-trace", feature = "wfformat"))]
#[doc = include_str!("../../../docs/guide.md")]
mod guide {}

#[doc = include_str!("../../../docs/string-pool.md")]
mod string_pool {}
