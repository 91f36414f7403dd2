//! Histories of real threads, and whether an order of their calls explains what each saw: for the calls on one key,
//! and for calls on the whole map. Maps that are broken on purpose show that the same check rejects.

mod broken;
mod calls;
mod maps;

use std::time::{Duration, Instant};

use flow_concurrent::{ConcurrentMap, ReadMap};
use flow_testkit::{
    linearizability::{Specification, Violation, record},
    within,
};

use crate::{
    LIMIT,
    chaos::{Slow, SlowKey, with_dawdling},
    hashers::Constant,
};
use broken::{Broken, Fault, Staged};
use calls::{Ask, MapOp, OfKey, OfMap, Source};
use maps::Growing;

/// How many histories a map has to pass, also where each takes long.
const FEWEST: u64 = 50;
/// How many it has to pass within [`LONG`].
const RUNS: u64 = if cfg!(flow_sanitize) { FEWEST } else { 500 };
/// Where other programs keep all cores busy, each time that a thread lets another one run costs milliseconds.
const LONG: Duration = Duration::from_secs(20);
/// How many histories a broken map may pass before it is rejected. On two cores it took at most nine.
const PATIENCE: u64 = 2000;

/// A map under test, whatever its type.
trait Subject<S: Specification>: Sync {
    /// What one thread calls: it may keep a handle of its own.
    #[expect(clippy::type_complexity, reason = "said once")]
    fn session(&self) -> Box<dyn FnMut(&S::Op) -> S::Answer + '_>;
}

/// How histories are made.
struct Plan<S: Specification> {
    threads: usize,
    /// How many calls each thread makes.
    calls: usize,
    /// Makes a call.
    op: fn(&mut Source) -> S::Op,
    /// Learns from an answer.
    learn: fn(&mut Source, &S::Answer),
    /// What is checked apart.
    part: fn(&S::Op) -> u8,
}

impl Plan<OfKey> {
    /// Calls on two keys, checked for each.
    fn of_keys(threads: usize, op: fn(&mut Source) -> (u8, Ask)) -> Self {
        Self { threads, calls: 24, op, learn: Source::learn, part: |(key, _)| *key }
    }
}

impl Plan<OfMap> {
    /// Calls on four keys and on all of them, checked as one.
    fn of_map(threads: usize, op: fn(&mut Source) -> MapOp) -> Self {
        Self { threads, calls: 12, op, learn: |_, _| {}, part: |_| 0 }
    }
}

impl<S: Specification<Op: Send, Answer: Send>> Plan<S> {
    /// Records the history with the number `run` on `subject`, and checks it. Returns how many calls overlapped.
    fn check(&self, run: u64, subject: &impl Subject<S>) -> Result<u64, Violation> {
        let history = record(self.threads, |recorder| {
            let thread = recorder.thread() as u64;
            let mut source = Source::new(run << 8 | thread);
            let mut session = subject.session();
            with_dawdling(run << 8 | thread << 4 | 1, || {
                for _ in 0..self.calls {
                    let op = (self.op)(&mut source);
                    (self.learn)(&mut source, recorder.call(op, &mut session));
                }
            });
        });
        let overlaps = history.overlaps();
        for part in history.split(self.part).values() {
            part.check::<S>()?;
        }
        Ok(overlaps as u64)
    }

    /// Every history of such a map must pass.
    fn accepts<M: Subject<S>>(self, make: impl Fn() -> M + Send + 'static)
    where
        S: 'static,
    {
        within(LIMIT, move || {
            let start = Instant::now();
            let (mut run, mut overlaps) = (0, 0_u64);
            let wanted = |run| run < FEWEST || run < RUNS && start.elapsed() < LONG;
            // Threads that never met prove nothing. They meet less often where programs besides the test have work.
            while wanted(run) || overlaps <= RUNS {
                assert!(run < PATIENCE, "only {overlaps} calls of {run} runs overlapped with others");
                overlaps +=
                    self.check(run, &make()).unwrap_or_else(|violation| panic!("run {run}: {violation:?}"));
                run += 1;
            }
        });
    }

    /// Some history of such a map must not pass.
    fn rejects<M: Subject<S>>(self, make: impl Fn() -> M + Send + 'static)
    where
        S: 'static,
    {
        within(LIMIT, move || {
            let rejected = (0..PATIENCE).find_map(|run| self.check(run, &make()).err());
            let violation = rejected.expect("the map is broken, and nobody saw it");
            assert!(violation.to_string().contains("> thread"), "{violation}");
        });
    }
}

/// A map all of whose keys are in one shard.
fn colliding() -> ConcurrentMap<SlowKey, Slow, Constant> {
    ConcurrentMap::builder().hasher(Constant).shards(2).build()
}

#[test]
fn calls_on_one_key_of_a_concurrent_map() {
    for threads in [2, 3] {
        Plan::of_keys(threads, Source::any_ask).accepts(ConcurrentMap::<SlowKey, Slow>::new);
    }
}

#[test]
fn calls_on_one_key_of_a_concurrent_map_whose_keys_collide() {
    Plan::of_keys(3, Source::any_ask).accepts(colliding);
}

#[test]
fn calls_on_a_concurrent_map_while_it_gets_more_shards() {
    Plan::of_keys(3, Source::any_ask).accepts(Growing::new);
    Plan { calls: 24, ..Plan::of_map(3, Source::single_or_snapshot) }.accepts(Growing::new);
}

#[test]
fn calls_on_one_key_of_a_read_map() {
    for threads in [2, 3] {
        Plan::of_keys(threads, Source::any_ask).accepts(ReadMap::<SlowKey, Slow>::new);
    }
}

#[test]
fn calls_on_one_key_of_a_read_map_whose_keys_collide() {
    Plan::of_keys(3, Source::any_ask).accepts(|| ReadMap::<SlowKey, Slow, _>::with_hasher(Constant));
}

#[test]
fn races_to_insert() {
    // Most keys are absent: the calls that insert meet.
    Plan::of_keys(3, Source::insertions).accepts(ConcurrentMap::<SlowKey, Slow>::new);
    Plan::of_keys(3, Source::insertions).accepts(ReadMap::<SlowKey, Slow>::new);
}

#[test]
fn snapshots_of_a_concurrent_map() {
    for threads in [2, 3] {
        Plan::of_map(threads, Source::single_or_snapshot).accepts(ConcurrentMap::<SlowKey, Slow>::new);
    }
    Plan::of_map(3, Source::single_or_snapshot).accepts(colliding);
}

#[test]
fn everything_of_a_read_map() {
    for threads in [2, 3] {
        Plan::of_map(threads, Source::any_map_op).accepts(ReadMap::<SlowKey, Slow>::new);
    }
    Plan::of_map(3, Source::any_map_op).accepts(|| ReadMap::<SlowKey, Slow, _>::with_hasher(Constant));
}

#[test]
fn a_correct_map_behind_one_lock_is_accepted() {
    // So that what is rejected below is rejected for its fault.
    Plan::of_keys(3, Source::any_ask).accepts(|| Broken::new(Fault::None));
    Plan::of_map(3, Source::any_map_op).accepts(|| Staged::new(Fault::None));
}

/// A test for each fault, so that each is named when it is not seen.
macro_rules! rejected {
    ($($test:ident: $plan:ident $op:ident $map:ident $fault:ident;)*) => {
        $(
            #[test]
            fn $test() {
                Plan::$plan(2, Source::$op).rejects(|| $map::new(Fault::$fault));
                Plan::$plan(3, Source::$op).rejects(|| $map::new(Fault::$fault));
            }
        )*
    };
}

rejected! {
    an_update_that_gets_and_then_inserts_is_rejected: of_keys any_ask Broken Update;
    an_upsert_that_gets_and_then_inserts_is_rejected: of_keys any_ask Broken Upsert;
    a_try_insert_that_looks_first_is_rejected: of_keys insertions Broken TryInsert;
    a_lost_race_that_returns_its_own_value_is_rejected: of_keys insertions Broken GetOrInsert;
    a_remove_if_that_removes_what_it_did_not_see_is_rejected: of_keys any_ask Broken RemoveIf;
    a_compare_exchange_in_two_steps_is_rejected: of_keys any_ask Broken Exchange;
    an_insert_that_removes_first_is_rejected: of_keys any_ask Broken Insert;
    a_read_that_may_be_old_is_rejected: of_keys any_ask Broken Stale;
    a_snapshot_shard_by_shard_is_rejected: of_map single_or_snapshot Staged Snapshot;
    a_batch_that_is_published_write_by_write_is_rejected: of_map any_map_op Staged Batch;
    a_batch_that_fails_and_leaves_something_is_rejected: of_map any_map_op Staged Failure;
    a_len_that_is_counted_later_is_rejected: of_map any_map_op Staged Len;
    a_clear_shard_by_shard_is_rejected: of_map any_map_op Staged Clear;
    a_retain_that_removes_later_is_rejected: of_map any_map_op Staged Retain;
    an_optimistic_update_that_ignores_the_version_is_rejected: of_map any_map_op Staged Version;
    a_reader_that_may_be_old_is_rejected: of_map any_map_op Staged Stale;
}
