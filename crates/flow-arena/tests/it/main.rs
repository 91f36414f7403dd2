//! The tests of flow-arena: one binary, a file a feature.

mod arena_lane;
mod arena_limits;
mod arena_ops;
mod arena_properties;
mod arena_reentrancy;
mod arena_reset;
mod arena_text;
mod arena_threads;
#[cfg(flow_sanitize = "address")]
mod asan_canary;
mod auto_traits;
mod panic_locations;
mod string_pool;
mod string_pool_concurrency;
#[cfg(feature = "lasso")]
mod string_pool_lasso;
mod string_pool_limits;
mod string_pool_properties;
#[cfg(feature = "serde")]
mod string_pool_serde;

use flow_testkit::TestAllocator;

/// Counts the allocations of each thread, and fails where a test asks for it.
#[global_allocator]
static ALLOCATOR: TestAllocator = TestAllocator;
