//! [`Policy`]: what is rarely said of a node.

use std::{fmt, sync::Arc, time::Duration};

use crate::{Action, Retry};

/// What a workflow knows of a node, beside name, action and dependencies.
#[derive(Clone, Default)]
pub(crate) struct Policy {
    pub(crate) retry: Retry,
    pub(crate) timeout: Option<Duration>,
    pub(crate) total_timeout: Option<Duration>,
    pub(crate) continue_on_error: bool,
    pub(crate) compensation: Option<Arc<dyn Action>>,
}

impl Policy {
    /// Whether it has to do with time or attempts, so that a run must look at it before it starts the node.
    pub(crate) fn is_watched(&self) -> bool {
        self.retry.retries() > 0 || self.timeout.is_some() || self.total_timeout.is_some()
    }

    pub(crate) fn is_default(&self) -> bool {
        !self.is_watched() && !self.continue_on_error && self.compensation.is_none()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("retry", &self.retry)
            .field("timeout", &self.timeout)
            .field("total_timeout", &self.total_timeout)
            .field("continue_on_error", &self.continue_on_error)
            .finish_non_exhaustive()
    }
}
