//! Attempts of nodes that have retries or timeouts, or of runs that have a deadline or note times.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use super::{
    delayed::Attempts,
    participant::{Participant, caught},
};
use crate::{ActionError, Context, Retry, machine::End, node::Policy};

/// What follows after an attempt.
enum Next {
    End(End),
    /// Another attempt, at once.
    Again,
    /// Another attempt, by whoever finds that it is due.
    Later,
}

impl Participant<'_> {
    /// Runs the node of `context`, with all attempts that follow at once. `None` if it will be tried again later.
    #[inline(never)]
    pub(super) fn execute_watched(&mut self, context: &mut Context) -> Option<End> {
        let run = self.run();
        run.check_deadline();
        if run.is_cancelled() {
            // It has begun, but nobody has seen it.
            return Some(End::Cancelled);
        }
        let earlier = run.delayed.take(context.node);
        let mut attempts = match earlier {
            Some(Attempts { failed, started, .. }) => (failed, started),
            None => (0, Instant::now()),
        };
        loop {
            match self.attempt(context, &mut attempts) {
                Next::End(end) => return Some(end),
                Next::Again => {}
                Next::Later => return None,
            }
        }
    }

    /// One attempt. `attempts` says how many failed before, and when the first one started.
    fn attempt(&mut self, context: &mut Context, (failed, started): &mut (u32, Instant)) -> Next {
        let run = self.run();
        let compiled = run.workflow().compiled();
        let node = context.node;
        let none = Policy::default();
        let policy = compiled.policy(node).unwrap_or(&none);
        let total_deadline = policy.total_timeout.and_then(|limit| started.checked_add(limit));

        let start = Instant::now();
        let own_deadline = policy.timeout.and_then(|limit| start.checked_add(limit));
        context.attempt = *failed + 1;
        context.node_deadline = [own_deadline, total_deadline].into_iter().flatten().min();
        let action = &compiled.actions[node as usize];
        let attempt = || run.span.attempt(context, || action.run(context));
        let result = catch_unwind(AssertUnwindSafe(attempt));
        let end = Instant::now();
        if let Some(timings) = &context.live().timings {
            timings.add(node, start, end, context.worker());
        }

        let result = result.unwrap_or_else(|payload| Err(caught(payload)));
        let Err(error) = in_time(result, policy, start, *started, end) else {
            return Next::End(End::Completed);
        };
        run.span.failed(context, &error);
        *failed += 1;
        let delay = match delay(&policy.retry, *failed, &error, context.random()) {
            Ok(delay) => delay,
            Err(panic) => return Next::End(run.fail(node, *failed, panic)),
        };
        let due = delay.and_then(|delay| end.checked_add(delay));
        let due = due.filter(|&due| total_deadline.is_none_or(|deadline| due < deadline));
        match due {
            Some(due) if !run.state.machine.is_stopping() => {
                if due <= end {
                    discard(error);
                    return Next::Again;
                }
                let attempts = Attempts { failed: *failed, started: *started, error };
                // Nobody has to be told: this thread finds it when it is due, if not another does before. Whoever sleeps now
                // does so because nothing was ready, so that this thread has nothing else to do either.
                run.delayed.push(node, due, attempts);
                Next::Later
            }
            // As for a node that waits when the run is cancelled: it would have been tried again.
            Some(_) if run.is_cancelled() => {
                discard(error);
                Next::End(End::Cancelled)
            }
            _ => Next::End(run.fail(node, *failed, error)),
        }
    }
}

/// The result, unless it came too late.
fn in_time(
    result: Result<(), ActionError>,
    policy: &Policy,
    start: Instant,
    started: Instant,
    end: Instant,
) -> Result<(), ActionError> {
    let late = |limit: Option<Duration>, since: Instant, what: &str| {
        let took = end.saturating_duration_since(since);
        let limit = limit.filter(|&limit| limit < took)?;
        Some(format!("timed out: {what} took {took:?}, of which {limit:?} were allowed"))
    };
    let text = late(policy.timeout, start, "the attempt")
        .or_else(|| late(policy.total_timeout, started, "all attempts together"));
    match text {
        None => result,
        Some(text) => {
            let text = match result {
                Err(error) => format!("{text} (and it failed: {error})"),
                Ok(()) => text,
            };
            Err(ActionError::timed_out(text))
        }
    }
}

/// How long to wait for the next attempt, if there is one. `Err` if the user's condition panicked.
fn delay(
    retry: &Retry,
    failed: u32,
    error: &ActionError,
    random: f64,
) -> Result<Option<Duration>, ActionError> {
    if failed > retry.retries() {
        return Ok(None);
    }
    let applies = catch_unwind(AssertUnwindSafe(|| retry.applies_to(error))).map_err(caught)?;
    Ok(retry.delay(failed, random).filter(|_| applies))
}

/// Drops an error that nobody will see. Its destructor is a user's.
fn discard(error: ActionError) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(error))) {
        caught(payload);
    }
}
