//! Whether what real threads saw of a concurrent object can be explained by some order of their calls.
//!
//! An object is linearizable if each call seems to happen at one moment between its start and its end. [`record`]
//! runs threads and notes for each call when it began and ended, by tickets of one counter; [`History::check`] then
//! looks for an order of the calls that respects the tickets and in which a sequential [`Specification`] gives the
//! same answers. The search is that of Wing and Gong, with Lowe's memory of what was tried: a set of calls done and
//! the state they led to is entered once, so that long histories of a few threads are cheap.
//!
//! Our own, though there is todc-utils: its last release is of 2023, it wants one flat list of events instead of what
//! threads record, and it answers yes or no, where a failing test needs to show the calls.
//!
//! ```
//! use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
//!
//! use flow_testkit::linearizability::{Specification, record};
//!
//! /// A counter: each call adds to it, and answers with what was there.
//! struct Counter;
//!
//! impl Specification for Counter {
//!     type State = u32;
//!     type Op = u32;
//!     type Answer = u32;
//!
//!     fn init() -> u32 {
//!         0
//!     }
//!
//!     fn apply(state: &mut u32, add: &u32) -> u32 {
//!         let before = *state;
//!         *state += add;
//!         before
//!     }
//! }
//!
//! let counter = AtomicU32::new(0);
//! let history = record(2, |recorder| {
//!     for _ in 0..10 {
//!         recorder.call(1, |add| counter.fetch_add(*add, SeqCst));
//!     }
//! });
//! history.check::<Counter>().expect("an atomic counter is linearizable");
//! ```
//!
//! When the calls on one key cannot be told from those on another but by their own answers, a map is linearizable
//! exactly if it is so for each key: [`History::split`] makes one history of each key.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::{self, Debug, Write as _},
    hash::Hash,
    hint,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use crate::threads::on_threads;

/// What an object does when it is used by one thread.
pub trait Specification {
    /// What the object holds.
    type State: Clone + Eq + Hash + Debug;
    /// A call and its arguments.
    type Op: Debug;
    /// What a call returns.
    type Answer: PartialEq + Debug;

    /// The state before the first call.
    fn init() -> Self::State;

    /// Does `op` and returns its answer.
    fn apply(state: &mut Self::State, op: &Self::Op) -> Self::Answer;
}

/// One call of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<Op, Answer> {
    /// The index of the thread.
    pub thread: usize,
    /// What it called.
    pub op: Op,
    /// What was returned; `None` if the call did not return, because it panicked: it may or may not have happened.
    pub answer: Option<Answer>,
    /// The ticket taken before the call.
    pub invoked: u64,
    /// The ticket taken after it; `u64::MAX` if the call did not return.
    pub returned: u64,
}

/// What all threads called and what they were answered.
#[derive(Clone, Debug)]
pub struct History<Op, Answer> {
    /// In the order in which the calls began.
    calls: Vec<Call<Op, Answer>>,
}

/// Notes the calls of one thread.
#[derive(Debug)]
pub struct Recorder<'run, Op, Answer> {
    thread: usize,
    clock: &'run AtomicU64,
    calls: Vec<Call<Op, Answer>>,
}

impl<Op, Answer> Recorder<'_, Op, Answer> {
    /// The index of this thread.
    #[must_use]
    pub fn thread(&self) -> usize {
        self.thread
    }

    /// Runs `work` and notes it as one call.
    ///
    /// If it panics, the call stays in the history as one that did not return; the caller may catch the panic.
    pub fn call(&mut self, op: Op, work: impl FnOnce(&Op) -> Answer) -> &Answer {
        let index = self.calls.len();
        self.calls.push(Call { thread: self.thread, op, answer: None, invoked: 0, returned: u64::MAX });
        let call = &mut self.calls[index];
        // All that `work` does comes after this ticket and before the other one: each is a read-modify-write of the
        // same counter with acquire and release, so that a call whose ticket is later also sees what an earlier one
        // did.
        call.invoked = self.clock.fetch_add(1, SeqCst);
        let answer = work(&call.op);
        call.returned = self.clock.fetch_add(1, SeqCst);
        call.answer.insert(answer)
    }
}

/// Runs `work` on `threads` threads at once and returns what they recorded.
///
/// # Panics
///
/// Panics with the first panic of a thread.
pub fn record<Op: Send, Answer: Send>(
    threads: usize,
    work: impl Fn(&mut Recorder<'_, Op, Answer>) + Sync,
) -> History<Op, Answer> {
    let clock = AtomicU64::new(0);
    let ready = AtomicUsize::new(0);
    let all = Mutex::new(Vec::new());
    on_threads(threads, |thread| {
        // A barrier wakes threads one by one, and the first could be done before the last is awake.
        ready.fetch_add(1, SeqCst);
        let mut turns = 0;
        while ready.load(SeqCst) < threads {
            turns += 1;
            if turns % 64 == 0 { thread::yield_now() } else { hint::spin_loop() }
        }
        let mut recorder = Recorder { thread, clock: &clock, calls: Vec::new() };
        work(&mut recorder);
        all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut recorder.calls);
    });
    History::new(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

impl<Op, Answer> History<Op, Answer> {
    /// A history of these calls.
    ///
    /// # Panics
    ///
    /// Panics if a call ends before it begins, or has an answer and no end, or an end and no answer.
    #[must_use]
    pub fn new(mut calls: Vec<Call<Op, Answer>>) -> Self {
        for call in &calls {
            assert!(call.invoked < call.returned, "a call of thread {} ends before it begins", call.thread);
            let pending = call.returned == u64::MAX;
            assert_eq!(
                pending,
                call.answer.is_none(),
                "a call that returned has an answer, and no other has"
            );
        }
        calls.sort_by_key(|call| call.invoked);
        Self { calls }
    }

    /// All calls, in the order in which they began.
    #[must_use]
    pub fn calls(&self) -> &[Call<Op, Answer>] {
        &self.calls
    }

    /// How many calls began before an earlier one had ended: a history without any proves little.
    #[must_use]
    pub fn overlaps(&self) -> usize {
        let mut latest = 0;
        let mut overlaps = 0;
        for call in &self.calls {
            overlaps += usize::from(call.invoked < latest);
            latest = latest.max(call.returned);
        }
        overlaps
    }

    /// A history for each key.
    #[must_use]
    pub fn split<Key: Ord>(self, key: impl Fn(&Op) -> Key) -> BTreeMap<Key, Self> {
        let mut parts = BTreeMap::new();
        for call in self.calls {
            parts.entry(key(&call.op)).or_insert_with(|| Self { calls: Vec::new() }).calls.push(call);
        }
        parts
    }

    /// Looks for an order of the calls that explains all answers.
    ///
    /// # Errors
    ///
    /// Shows the part of the history that no order explains.
    pub fn check<S>(&self) -> Result<(), Violation>
    where
        S: Specification<Op = Op, Answer = Answer>,
        Op: Debug,
        Answer: Debug,
    {
        if explain::<S>(&self.calls, u64::MAX).is_ok() {
            return Ok(());
        }
        // Without its end, a history that can be explained still can. So there is one return before which all is
        // well, and with which it is not.
        let mut ends: Vec<u64> =
            self.calls.iter().map(|call| call.returned).filter(|&end| end != u64::MAX).collect();
        ends.sort_unstable();
        let explained = ends.partition_point(|&end| explain::<S>(&self.calls, end).is_ok());
        let end = ends[explained];
        let Err(stuck) = explain::<S>(&self.calls, end) else {
            unreachable!("the partition point is the first end that cannot be explained")
        };
        Err(Violation { text: self.show::<S>(end, &stuck) })
    }

    /// The calls around the one that returned at `end`, and how far the longest explanation came.
    fn show<S>(&self, end: u64, stuck: &Stuck<S::State>) -> String
    where
        S: Specification<Op = Op, Answer = Answer>,
        Op: Debug,
        Answer: Debug,
    {
        /// How many calls before those that are not explained are shown.
        const BEFORE: usize = 6;
        let calls = &self.calls[..self.calls.partition_point(|call| call.invoked < end)];
        let left = |index: &usize| !stuck.order.contains(index);
        let first = (0..calls.len()).find(left).unwrap_or(0);
        let (shown, hidden): (Vec<usize>, Vec<usize>) = (0..calls.len()).partition(|&index| {
            index + BEFORE >= first || calls[index].returned > calls[first].invoked || left(&index)
        });
        let mut text =
            "no order of the calls explains the answer of the last one, marked with >\n".to_owned();
        if !hidden.is_empty() {
            writeln!(text, "  ... {} earlier calls, all of which are explained", hidden.len()).ok();
        }
        for index in shown {
            let Call { thread, op, answer, invoked, returned } = &calls[index];
            let mark = if *returned == end { '>' } else { ' ' };
            let (until, answer) = match answer {
                Some(answer) if *returned <= end => (returned.to_string(), format!("{answer:?}")),
                _ => ("..".to_owned(), "not yet returned".to_owned()),
            };
            writeln!(text, "{mark} thread {thread}  [{invoked:>4}, {until:>4}]  {op:?} -> {answer}").ok();
        }
        let order: Vec<_> = stuck.order.iter().rev().take(BEFORE).rev().collect();
        let dots = if order.len() < stuck.order.len() { "..., " } else { "" };
        let order: Vec<_> = order.iter().map(|&&index| calls[index].invoked.to_string()).collect();
        writeln!(
            text,
            "the longest order that works is [{dots}{}], by their first numbers",
            order.join(", ")
        )
        .ok();
        write!(text, "it leads to {:?}, where", stuck.state).ok();
        for index in (0..calls.len()).filter(left) {
            let mut state = stuck.state.clone();
            let answer = S::apply(&mut state, &calls[index].op);
            write!(
                text,
                "\n  {:?} of thread {} would return {answer:?}",
                calls[index].op, calls[index].thread
            )
            .ok();
        }
        text
    }
}

/// No order of the calls explains the answers. Shows the shortest part of the history for which that is so.
#[derive(Clone, PartialEq, Eq)]
pub struct Violation {
    text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With its lines, since this is what `expect` shows.
        write!(f, "not linearizable: {self}")
    }
}

impl std::error::Error for Violation {}

/// How far the search came that found no order.
struct Stuck<State> {
    /// The longest order that explains its calls.
    order: Vec<usize>,
    /// The state it leads to.
    state: State,
}

/// A set of calls: all before `first`, and those of `ahead`, which is sorted and holds none that `first` covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Done {
    first: usize,
    ahead: Vec<usize>,
}

impl Done {
    fn with(&self, index: usize) -> Self {
        let mut done = self.clone();
        let place = done.ahead.partition_point(|&other| other < index);
        done.ahead.insert(place, index);
        let covered = done.ahead.iter().zip(done.first..).take_while(|&(&index, next)| index == next).count();
        done.ahead.drain(..covered);
        done.first += covered;
        done
    }

    /// The calls of `0..len` that are not in the set.
    fn left(&self, len: usize) -> impl Iterator<Item = usize> {
        let mut ahead = self.ahead.iter().copied().peekable();
        (self.first..len).filter(move |&index| ahead.next_if_eq(&index).is_none())
    }
}

/// A place of the search: what is done, where that leads, and what could be next.
struct Place<State> {
    done: Done,
    state: State,
    /// The call that led here.
    last: Option<usize>,
    /// What is still to be tried from here.
    next: Vec<usize>,
}

/// Finds an order of `calls` as they were when the ticket `end` was given out: those that began later do not exist,
/// and those that returned later may or may not have happened.
fn explain<S: Specification>(
    calls: &[Call<S::Op, S::Answer>],
    end: u64,
) -> Result<Vec<usize>, Stuck<S::State>> {
    let calls = &calls[..calls.partition_point(|call| call.invoked < end)];
    let answer = |index: usize| calls[index].answer.as_ref().filter(|_| calls[index].returned <= end);
    // What may come next: calls that began before every call that is left has returned. `None` if all answers are
    // explained.
    let candidates = |done: &Done| {
        let mut earliest = None;
        let mut candidates = Vec::new();
        for index in done.left(calls.len()) {
            if earliest.is_some_and(|earliest| calls[index].invoked > earliest) {
                break;
            }
            candidates.push(index);
            if answer(index).is_some() {
                let returned = calls[index].returned;
                earliest = Some(earliest.map_or(returned, |earliest: u64| earliest.min(returned)));
            }
        }
        // The last is tried first.
        candidates.reverse();
        earliest.map(|_| candidates)
    };
    let order = |path: &[Place<S::State>]| path.iter().filter_map(|place| place.last).collect::<Vec<_>>();

    let done = Done::default();
    let Some(next) = candidates(&done) else { return Ok(Vec::new()) };
    let mut seen = HashSet::from([(done.clone(), S::init())]);
    let mut path = vec![Place { done, state: S::init(), last: None, next }];
    let mut stuck = Stuck { order: Vec::new(), state: S::init() };
    while let Some(place) = path.last_mut() {
        let Some(index) = place.next.pop() else {
            path.pop();
            continue;
        };
        let mut state = place.state.clone();
        let answered = S::apply(&mut state, &calls[index].op);
        if answer(index).is_some_and(|answer| *answer != answered) {
            continue;
        }
        let done = place.done.with(index);
        if !seen.insert((done.clone(), state.clone())) {
            continue;
        }
        let next = candidates(&done);
        path.push(Place { done, state, last: Some(index), next: next.clone().unwrap_or_default() });
        if next.is_none() {
            return Ok(order(&path));
        }
        if path.len() - 1 > stuck.order.len() {
            stuck = Stuck { order: order(&path), state: path[path.len() - 1].state.clone() };
        }
    }
    Err(stuck)
}

#[cfg(test)]
mod tests;
