#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod action;
mod cancel;
mod context;
mod data;
#[cfg(doctest)]
mod documents;
mod executor;
mod graph;
mod lane;
mod machine;
pub mod middleware;
mod node;
mod node_pool;
mod report;
mod retry;
mod spec;
mod sync;
#[cfg(feature = "wfformat")]
pub mod wfformat;
mod workflow;

pub use action::{Action, ActionError, ActionErrorKind};
pub use cancel::CancelToken;
pub use context::{Context, OutputError};
pub use data::{Data, DataError, Key};
pub use executor::{Executor, ExecutorBuilder, ExecutorError, ExecutorStats, RunOptions};
pub use middleware::{Middleware, Next};
pub use node::{Node, NodeName};
pub use node_pool::{
    GlobalNodePoolError, NodePool, NodePoolBuilder, NodePoolStats, OwnedNode, PooledNode, create_node,
    create_node_with_dependencies, create_node_with_retries, create_node_with_timeout, get_node,
    global_node_pool, put_node,
};
pub use report::{CriticalPath, NodeFailure, NodeStatus, NodeTiming, Report, RunError, StatusCounts};
pub use retry::Retry;
pub use spec::{NodeSpec, RetrySpec, WorkflowSpec};
pub use workflow::{BuildError, BuildProblem, NodeRef, Workflow, WorkflowBuilder};
