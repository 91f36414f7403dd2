//! Random graphs on real threads: order, once each, the table of statuses, the bound of what runs at once.

use std::{num::NonZeroUsize, sync::Arc, thread};

use flow_testkit::{Arbitrary, Gen, TestResult, check, same};
use flow_workflow::{
    ActionError, CancelToken, Context, Data, Executor, NodeStatus, Report, RunError, RunOptions,
};

use crate::graphs::{Dag, Log};

fn result(outcome: Result<(), String>) -> TestResult {
    outcome.map_or_else(TestResult::error, |()| TestResult::passed())
}

/// How a run goes.
#[derive(Clone, Debug)]
struct Plan {
    dag: Dag,
    /// What each node does, over and over.
    deeds: Vec<Deed>,
    threads: u8,
    limit: Option<u8>,
    keep_going: bool,
    timings: bool,
    /// The node that cancels the run, if it gets to.
    canceller: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Completes,
    GivesWay,
    Fails,
    Panics,
    FailsTolerated,
    PanicsTolerated,
}

impl Deed {
    fn is_tolerated(self) -> bool {
        matches!(self, Self::FailsTolerated | Self::PanicsTolerated)
    }

    fn fails(self) -> bool {
        !matches!(self, Self::Completes | Self::GivesWay)
    }
}

impl Arbitrary for Deed {
    fn arbitrary(source: &mut Gen) -> Self {
        match u8::arbitrary(source) % 24 {
            0 => Self::Fails,
            1 => Self::Panics,
            2 => Self::FailsTolerated,
            3 => Self::PanicsTolerated,
            4..10 => Self::GivesWay,
            _ => Self::Completes,
        }
    }
}

impl Arbitrary for Plan {
    fn arbitrary(source: &mut Gen) -> Self {
        let dag = Dag::arbitrary(source);
        Self {
            deeds: Arbitrary::arbitrary(source),
            threads: u8::arbitrary(source) % 4 + 1,
            limit: if u8::arbitrary(source) % 3 == 0 { Some(u8::arbitrary(source) % 4 + 1) } else { None },
            keep_going: Arbitrary::arbitrary(source),
            timings: Arbitrary::arbitrary(source),
            canceller: match dag.0.len() {
                nodes if nodes > 0 && u8::arbitrary(source) % 4 == 0 => {
                    Some(usize::arbitrary(source) % nodes)
                }
                _ => None,
            },
            dag,
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let all = self.clone();
        let dags = self.dag.shrink().map(move |dag| Self { dag, ..all.clone() });
        let all = self.clone();
        let deeds = self.deeds.shrink().map(move |deeds| Self { deeds, ..all.clone() });
        Box::new(dags.chain(deeds))
    }
}

impl Plan {
    fn deed(&self, node: usize) -> Deed {
        if self.deeds.is_empty() { Deed::Completes } else { self.deeds[node % self.deeds.len()] }
    }

    /// What the action of a node does.
    fn action(
        &self,
        node: usize,
        log: &Arc<Log>,
        token: &CancelToken,
    ) -> impl Fn(&Context) -> Result<(), ActionError> + Send + Sync + use<> {
        let (deed, cancels, log, token) =
            (self.deed(node), self.canceller == Some(node), Arc::clone(log), token.clone());
        move |_: &Context| {
            log.start(node);
            if cancels {
                token.cancel();
            }
            if deed == Deed::GivesWay {
                thread::yield_now();
            }
            log.end(node);
            match deed {
                Deed::Completes | Deed::GivesWay => Ok(()),
                Deed::Fails | Deed::FailsTolerated => Err("as planned".into()),
                Deed::Panics | Deed::PanicsTolerated => std::panic::panic_any("as planned"),
            }
        }
    }

    fn run(&self, executor: &Executor) -> Result<(), String> {
        let log = Arc::new(Log::new(self.dag.0.len()));
        let token = CancelToken::new();
        let mut builder = flow_workflow::Workflow::builder("plan");
        for (node, dependencies) in self.dag.0.iter().enumerate() {
            let names = dependencies.iter().map(usize::to_string);
            builder = builder.node(&node.to_string(), self.action(node, &log, &token)).after(names);
            if self.deed(node).is_tolerated() {
                builder = builder.continue_on_error();
            }
        }
        let workflow = builder.build().map_err(|error| error.to_string())?;
        let mut options =
            RunOptions::new().cancel(token.clone()).keep_going(self.keep_going).timings(self.timings);
        if let Some(limit) = self.limit {
            options = options.max_concurrency(NonZeroUsize::new(usize::from(limit)).expect("at least 1"));
        }
        let result = executor.run_with(&workflow, &Data::new(), options);
        let most = usize::from(self.limit.unwrap_or(self.threads).min(self.threads));
        if log.most_running() > most {
            return Err(format!("{} nodes ran at once, {most} may", log.most_running()));
        }
        log.check(&self.dag)?;
        self.judge(&log, result)
    }

    /// Holds the report against what the nodes did.
    fn judge(&self, log: &Log, result: Result<Report, RunError>) -> Result<(), String> {
        let cancelled = self.canceller.is_some_and(|node| node < self.dag.0.len() && log.runs(node) > 0);
        let (report, error) = match result {
            Ok(report) => (report, None),
            Err(RunError::Cancelled(report)) => (*report, Some(true)),
            Err(RunError::Failed(report)) => (*report, Some(false)),
            Err(other) => return Err(other.to_string()),
        };
        let mut blocked = vec![false; self.dag.0.len()];
        let mut hard_failures = 0;
        for (node, dependencies) in self.dag.0.iter().enumerate() {
            let is_blocked = dependencies.iter().any(|&dependency| blocked[dependency]);
            let ran = log.runs(node) > 0;
            let expected = match (ran, is_blocked) {
                (true, true) => return Err(format!("{node} ran after a failure")),
                (true, false) if self.deed(node).fails() => NodeStatus::Failed,
                (true, false) => NodeStatus::Completed,
                (false, true) => NodeStatus::Skipped,
                (false, false) if cancelled => NodeStatus::Cancelled,
                (false, false) => NodeStatus::Pending,
            };
            same(&format!("status of {node}"), report.status(&node.to_string()), Some(expected))?;
            let fails_hard = expected == NodeStatus::Failed && !self.deed(node).is_tolerated();
            hard_failures += usize::from(fails_hard);
            blocked[node] = fails_hard || expected == NodeStatus::Skipped;
        }
        let counts = report.counts();
        let failed =
            self.dag.0.iter().enumerate().filter(|&(node, _)| log.runs(node) > 0 && self.deed(node).fails());
        same("failures", report.failures().len(), failed.count())?;
        same("counted failures", counts.failed, report.failures().len())?;
        let all = counts.completed + counts.failed + counts.skipped + counts.cancelled + counts.pending;
        same("all nodes are counted", all, self.dag.0.len())?;
        if !cancelled && (hard_failures == 0 || self.keep_going) {
            same("nothing is pending", counts.pending, 0)?;
        }
        let is_fine =
            hard_failures == 0 && counts.cancelled == 0 && counts.pending == 0 && counts.skipped == 0;
        let expected = if is_fine { None } else { Some(cancelled) };
        same("outcome: None is fine, true is cancelled", error, expected)?;
        let timed = report.timings().map(Iterator::count);
        let ran = (0..self.dag.0.len()).filter(|&node| log.runs(node) > 0).count();
        same("timings", timed, self.timings.then_some(ran))
    }
}

#[test]
fn runs_agree_with_the_rules() {
    fn property(plan: Plan) -> TestResult {
        let executor = Executor::new(usize::from(plan.threads));
        // The second and third run have what the first left behind.
        result((0..3).try_for_each(|_| plan.run(&executor)))
    }
    check("workflow", "runs_agree_with_the_rules", property as fn(Plan) -> TestResult);
}

#[test]
fn one_workflow_runs_many_times_at_once() {
    fn property(dag: Dag, threads: u8) -> TestResult {
        let nodes = dag.0.len();
        let executor = Executor::new(usize::from(threads % 3) + 1);
        let counts: Arc<Vec<_>> =
            Arc::new((0..nodes).map(|_| std::sync::atomic::AtomicUsize::new(0)).collect());
        let workflow = dag.workflow(|node| {
            let counts = Arc::clone(&counts);
            move |_: &Context| {
                counts[node].fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ok(())
            }
        });
        const CALLERS: usize = 3;
        const RUNS: usize = 5;
        let outcomes = flow_testkit::on_threads(CALLERS, |_| {
            (0..RUNS).all(|_| {
                executor.run(&workflow, &Data::new()).is_ok_and(|report| report.counts().completed == nodes)
            })
        });
        let total = CALLERS * RUNS;
        result(same("all complete", outcomes, vec![true; CALLERS]).and_then(|()| {
            let counts: Vec<_> =
                counts.iter().map(|count| count.load(std::sync::atomic::Ordering::Relaxed)).collect();
            same("runs of each node", counts, vec![total; nodes])
        }))
    }
    check("workflow", "one_workflow_runs_many_times_at_once", property as fn(Dag, u8) -> TestResult);
}
