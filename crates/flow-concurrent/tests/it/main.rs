//! The tests of flow-concurrent: one binary, a file a feature.

mod concurrent_map_ops;
mod concurrent_map_panics;
mod read_map_ops;

use flow_testkit::TestAllocator;

/// Counts the allocations of each thread, and fails where a test asks for it.
#[global_allocator]
static ALLOCATOR: TestAllocator = TestAllocator;

/// Drops what an operation returned, whether that needs it or not.
fn ignore<T>(_: T) {}
