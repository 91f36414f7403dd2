//! How long nodes take, over all runs.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use flow_concurrent::ConcurrentMap;

use super::{Middleware, Next};
use crate::{ActionError, Context};

/// Sums up how long the attempts of each node take, over all runs of all workflows that have it.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Workflow, middleware::Timing};
///
/// let timing = Timing::new();
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| Ok(()))
///     .layer_all(timing.clone())
///     .build()?;
/// Executor::new(1).run(&workflow, &Data::new())?;
/// assert_eq!(timing.get("order", "charge").unwrap().attempts, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A handle: a clone sums up in the same place. For the timings of one run there is
/// [`RunOptions::timings`](crate::RunOptions::timings), which costs less.
#[derive(Clone, Default)]
pub struct Timing {
    entries: Arc<Entries>,
}

/// By the names of workflow and node.
type Entries = ConcurrentMap<(Box<str>, Box<str>), TimingEntry>;

/// What is known of one node.
///
/// ```
/// use flow_workflow::{Context, Data, Executor, Workflow, middleware::Timing};
///
/// let timing = Timing::new();
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| Err("card declined".into()))
///     .layer_all(timing.clone())
///     .build()?;
/// Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
/// let (workflow, node, entry) = &timing.entries()[0]; // What took longest.
/// assert_eq!((&**workflow, &**node, entry.failed), ("order", "charge", 1));
/// assert_eq!(entry.longest, entry.total); // There was one attempt.
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TimingEntry {
    /// How many attempts have ended.
    pub attempts: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How long they took together.
    pub total: Duration,
    /// How long the longest took.
    pub longest: Duration,
}

impl fmt::Display for TimingEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempts, failed, total, longest } = self;
        let plural = if *attempts == 1 { "" } else { "s" };
        write!(f, "{attempts} attempt{plural}, {failed} failed, {total:?} in total, {longest:?} at most")
    }
}

impl Timing {
    /// A `Timing` without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known of a node of a workflow.
    #[must_use]
    pub fn get(&self, workflow: &str, node: &str) -> Option<TimingEntry> {
        self.entries.get(&(Box::from(workflow), Box::from(node)))
    }

    /// All that is known: names of workflow and node, those that took longest first.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Context, Data, Executor, Workflow, middleware::Timing};
    /// let timing = Timing::new();
    /// let workflow = Workflow::builder("w").node("a", |_: &Context| Ok(())).layer_all(timing.clone()).build()?;
    /// Executor::new(1).run(&workflow, &Data::new())?;
    /// for (workflow, node, entry) in timing.entries() {
    ///     println!("{workflow}/{node}: {entry}");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn entries(&self) -> Vec<(Box<str>, Box<str>, TimingEntry)> {
        let entries = self.entries.items().into_iter();
        let mut entries: Vec<_> = entries.map(|((workflow, node), entry)| (workflow, node, entry)).collect();
        entries.sort_by(|left, right| {
            right.2.total.cmp(&left.2.total).then_with(|| (&left.0, &left.1).cmp(&(&right.0, &right.1)))
        });
        entries
    }
}

impl Middleware for Timing {
    fn run(&self, context: &Context, next: Next<'_>) -> Result<(), ActionError> {
        let start = Instant::now();
        let result = next.run(context);
        let elapsed = start.elapsed();
        let add = |entry: &mut TimingEntry| {
            entry.attempts += 1;
            entry.failed += u64::from(result.is_err());
            entry.total += elapsed;
            entry.longest = entry.longest.max(elapsed);
        };
        let key = (Box::from(context.workflow().name()), Box::from(context.node()));
        let first = || {
            let mut entry = TimingEntry::default();
            add(&mut entry);
            entry
        };
        self.entries.upsert(key, first, add);
        result
    }
}

impl fmt::Debug for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timing").field("entries", &self.entries.len()).finish()
    }
}
