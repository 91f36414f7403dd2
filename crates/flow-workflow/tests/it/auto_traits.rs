//! What is `Send`, `Sync` and unwind-safe, at compile time.

use flow_workflow::{
    Action, ActionError, BuildError, CancelToken, Context, Data, Executor, Key, Middleware, Node, NodePool,
    NodeRef, NodeStatus, OutputError, OwnedNode, PooledNode, Report, Retry, RunError, RunOptions, Workflow,
    WorkflowBuilder,
};

const fn shared<T: Send + Sync>() {}
const fn error<T: std::error::Error + Send + Sync + 'static>() {}

const _: () = {
    shared::<Box<dyn Action>>();
    shared::<Box<dyn Middleware>>();
    shared::<ActionError>();
    shared::<CancelToken>();
    shared::<Context>();
    shared::<Data>();
    shared::<Executor>();
    // A key is only a name, whatever it is the name of.
    shared::<Key<std::rc::Rc<u8>>>();
    shared::<Node>();
    shared::<NodePool>();
    shared::<NodeRef<'static>>();
    shared::<OwnedNode>();
    shared::<PooledNode<'static>>();
    shared::<Report>();
    shared::<Retry>();
    shared::<RunOptions>();
    shared::<Workflow>();
    shared::<WorkflowBuilder>();
    error::<BuildError>();
    error::<RunError>();
    error::<OutputError>();
    error::<flow_workflow::DataError>();
    error::<flow_workflow::ExecutorError>();
    assert!(size_of::<NodeStatus>() == 1 && size_of::<Option<NodeStatus>>() == 1);
};
