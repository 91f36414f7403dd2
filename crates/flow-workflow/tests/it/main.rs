//! The tests of flow-workflow: one binary, a file a feature.

mod actions;
mod allocations;
mod auto_traits;
mod builder;
mod cancellation;
#[cfg(feature = "chrome-trace")]
mod chrome_trace;
mod concurrency;
mod data;
mod executor;
mod failures;
mod graphs;
mod hostile;
mod large;
mod middleware;
mod node_pool;
mod node_pool_properties;
mod outputs;
mod pictures;
mod report;
mod retries;
mod timeouts;
#[cfg(feature = "wfformat")]
mod wfformat;
mod workflow_properties;

use flow_testkit::TestAllocator;

/// Counts the allocations of each thread, and fails where a test asks for it.
#[global_allocator]
static ALLOCATOR: TestAllocator = TestAllocator;
