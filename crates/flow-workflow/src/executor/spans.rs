//! Spans and events of the feature `tracing`; nothing without it.
//!
//! A run is a span `workflow` at the level `INFO`, with the name as a field; an attempt of a node is a span `node` in it,
//! at the level `DEBUG`, with name and attempt. A failed attempt is an event at the level `WARN` in the run's span, with
//! node and attempt; so is the end of a run, at the level `INFO`, or `ERROR` if it did not complete.

#[cfg(feature = "tracing")]
mod enabled {
    use tracing::{Level, Span, debug_span, enabled, error, info, info_span, warn};

    use crate::{ActionError, Context, Report, RunError, Workflow, executor::caught::Readable};

    /// The span of a run.
    #[derive(Debug)]
    pub(crate) struct RunSpan {
        span: Span,
        /// Whether somebody wants to know of nodes.
        pub(crate) has_nodes: bool,
    }

    impl RunSpan {
        pub(crate) fn new(workflow: &Workflow) -> Self {
            let span = info_span!("workflow", name = workflow.name(), nodes = workflow.len());
            Self { span, has_nodes: enabled!(Level::DEBUG) || enabled!(Level::WARN) }
        }

        /// Runs an attempt in a span of its own.
        pub(crate) fn attempt(
            &self,
            context: &Context,
            run: impl FnOnce() -> Result<(), ActionError>,
        ) -> Result<(), ActionError> {
            let (name, attempt) = (context.node(), context.attempt());
            let span = debug_span!(parent: &self.span, "node", name, attempt);
            span.in_scope(run)
        }

        /// Tells of an attempt that failed, in the end.
        pub(crate) fn failed(&self, context: &Context, error: &ActionError) {
            let (node, attempt) = (context.node(), context.attempt());
            let error = Readable(error);
            self.span.in_scope(|| warn!(node, attempt, %error, "attempt failed"));
        }

        pub(crate) fn end(&self, result: &Result<Report, RunError>) {
            self.span.in_scope(|| match result {
                Ok(report) => info!(counts = %report.counts(), elapsed = ?report.elapsed(), "run completed"),
                Err(error) => {
                    let elapsed = error.report().elapsed();
                    error!(error = %Readable(error), ?elapsed, "run did not complete");
                }
            });
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod disabled {
    use crate::{ActionError, Context, Report, RunError, Workflow};

    #[derive(Debug)]
    pub(crate) struct RunSpan {
        pub(crate) has_nodes: bool,
    }

    impl RunSpan {
        pub(crate) fn new(_: &Workflow) -> Self {
            Self { has_nodes: false }
        }

        pub(crate) fn attempt(
            &self,
            _: &Context,
            run: impl FnOnce() -> Result<(), ActionError>,
        ) -> Result<(), ActionError> {
            run()
        }

        pub(crate) fn failed(&self, _: &Context, _: &ActionError) {}

        pub(crate) fn end(&self, _: &Result<Report, RunError>) {}
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) use disabled::RunSpan;
#[cfg(feature = "tracing")]
pub(crate) use enabled::RunSpan;
