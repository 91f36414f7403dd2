//! The tests of flow-concurrent: one binary, a file a feature.

mod any_map;
mod auto_traits;
mod chaos;
mod concurrent_map_hostile;
mod concurrent_map_ops;
mod concurrent_map_panics;
mod concurrent_map_properties;
mod hashers;
mod hooks;
mod hostile;
mod linearizability;
mod opposite_order;
mod read_map_hostile;
mod read_map_ops;
mod read_map_properties;
mod reentrancy;
#[cfg(feature = "serde")]
mod serde;

use std::time::Duration;

use flow_testkit::TestAllocator;

/// Counts the allocations of each thread, and fails where a test asks for it.
#[global_allocator]
static ALLOCATOR: TestAllocator = TestAllocator;

/// Far more than any test takes.
const LIMIT: Duration = Duration::from_secs(300);

/// Drops what an operation returned, whether that needs it or not.
fn ignore<T>(_: T) {}
