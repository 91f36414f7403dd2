//! Attempts of nodes that have retries or timeouts, or of runs that have a deadline or note times.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use super::{
    caught::{Readable, caught, discard},
    delayed::Attempts,
    participant::Participant,
};
use crate::{ActionError, ActionErrorKind, Context, Retry, machine::End, retry::random, workflow::Policy};

/// What follows after an attempt.
enum After {
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
        let mut attempts = match run.delayed.take(context.node) {
            Some(Attempts { failed, started, error }) => {
                discard(error);
                (failed, started)
            }
            None => (0, Instant::now()),
        };
        loop {
            match self.attempt(context, &mut attempts) {
                After::End(end) => return Some(end),
                After::Again => {}
                After::Later => return None,
            }
        }
    }

    /// One attempt. `attempts` says how many failed before, and when the first one started.
    fn attempt(&mut self, context: &mut Context, (failed, started): &mut (u32, Instant)) -> After {
        let run = self.run();
        let compiled = run.workflow().compiled();
        let node = context.node;
        let none = Policy::default();
        let policy = compiled.policy(node).unwrap_or(&none);
        let total_deadline = policy.total_timeout.and_then(|limit| started.checked_add(limit));

        let start = Instant::now();
        let own_deadline = policy.timeout.and_then(|limit| start.checked_add(limit));
        context.attempt = failed.saturating_add(1);
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
            return After::End(End::Completed);
        };
        run.span.failed(context, &error);
        *failed = failed.saturating_add(1);
        let delay = match delay(&policy.retry, *failed, &error) {
            Ok(delay) => delay,
            Err(panic) => {
                discard(error);
                return After::End(run.fail(node, *failed, panic));
            }
        };
        let due = delay.and_then(|delay| end.checked_add(delay));
        let due = due.filter(|&due| total_deadline.is_none_or(|deadline| due < deadline));
        if due.is_some() {
            // Another attempt is a start, too, and nobody else may be looking at the clock.
            run.check_deadline();
        }
        match due {
            Some(due) if !run.state.machine.is_stopping() => {
                if due <= end {
                    discard(error);
                    return After::Again;
                }
                let attempts = Attempts { failed: *failed, started: *started, error };
                run.delayed.push(node, due, attempts);
                self.tell_of_delay();
                After::Later
            }
            // As for a node that waits when the run is cancelled: it would have been tried again.
            Some(_) if run.is_cancelled() => {
                discard(error);
                After::End(End::Cancelled)
            }
            _ => After::End(run.fail(node, *failed, error)),
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
        Some(format!("timed out: {what} took {took:?}, but only {limit:?} was allowed"))
    };
    let text = late(policy.timeout, start, "the attempt")
        .or_else(|| late(policy.total_timeout, started, "all attempts together"));
    let Some(mut text) = text else { return result };
    if let Err(error) = result {
        // That its time was up is said already.
        if error.kind() != ActionErrorKind::TimedOut {
            text = format!("{text}; it also failed: {}", Readable(&error));
        }
        discard(error);
    }
    Err(ActionError::timed_out(text))
}

/// How long to wait for the next attempt, if there is one. `Err` if the user's condition panicked.
fn delay(retry: &Retry, failed: u32, error: &ActionError) -> Result<Option<Duration>, ActionError> {
    if failed > retry.retries() {
        return Ok(None);
    }
    let applies = catch_unwind(AssertUnwindSafe(|| retry.applies_to(error))).map_err(caught)?;
    Ok(retry.delay(failed, random()).filter(|_| applies))
}
