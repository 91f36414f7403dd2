//! The tests of flow-memory: one binary, a file a feature.

#[cfg(flow_sanitize = "address")]
mod asan_canary;
mod auto_traits;
mod buffer_pool_allocations;
mod buffer_pool_limits;
mod buffer_pool_model;
mod buffer_pool_ops;
mod buffer_pool_properties;
mod buffer_pool_threads;
mod buffer_pool_zeroing;
#[cfg(feature = "bytes")]
mod bytes;
mod counted;
mod object_pool;
mod object_pool_allocations;
mod object_pool_arena;
mod object_pool_model;
mod object_pool_panics;
mod object_pool_reentrancy;
mod object_pool_shapes;
mod object_pool_threads;
mod object_pool_trim;
mod panic_locations;
#[cfg(feature = "serde")]
mod serde;

use flow_testkit::TestAllocator;

/// Counts the allocations of each thread, and fails where a test asks for it.
#[global_allocator]
static ALLOCATOR: TestAllocator = TestAllocator;
