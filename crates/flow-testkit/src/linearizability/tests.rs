//! Histories from textbooks, calls that never return, long histories, and what a failure shows.

use std::{panic::AssertUnwindSafe, sync::atomic::AtomicU32};

use super::*;

/// A register: `Some` writes, `None` reads. A write answers with zero.
struct Register;

impl Specification for Register {
    type State = u32;
    type Op = Option<u32>;
    type Answer = u32;

    fn init() -> u32 {
        0
    }

    fn apply(state: &mut u32, op: &Option<u32>) -> u32 {
        match *op {
            Some(value) => {
                *state = value;
                0
            }
            None => *state,
        }
    }
}

/// A queue: `Some` enqueues, `None` dequeues.
struct Queue;

impl Specification for Queue {
    type State = Vec<u32>;
    type Op = Option<u32>;
    type Answer = Option<u32>;

    fn init() -> Vec<u32> {
        Vec::new()
    }

    fn apply(state: &mut Vec<u32>, op: &Option<u32>) -> Option<u32> {
        match *op {
            Some(value) => {
                state.push(value);
                None
            }
            None => (!state.is_empty()).then(|| state.remove(0)),
        }
    }
}

/// A call by its thread, its tickets, what was called and what was answered.
fn call<Op, Answer>(
    thread: usize,
    (invoked, returned): (u64, u64),
    op: Op,
    answer: Answer,
) -> Call<Op, Answer> {
    Call { thread, op, answer: Some(answer), invoked, returned }
}

/// A call that never returned.
fn pending<Op, Answer>(thread: usize, invoked: u64, op: Op) -> Call<Op, Answer> {
    Call { thread, op, answer: None, invoked, returned: u64::MAX }
}

fn register(calls: &[Call<Option<u32>, u32>]) -> bool {
    History::new(calls.to_vec()).check::<Register>().is_ok()
}

fn queue(calls: &[Call<Option<u32>, Option<u32>>]) -> bool {
    History::new(calls.to_vec()).check::<Queue>().is_ok()
}

#[test]
fn one_thread_must_follow_the_specification() {
    assert!(register(&[]));
    assert!(register(&[call(0, (0, 1), Some(7), 0), call(0, (2, 3), None, 7)]));
    assert!(!register(&[call(0, (0, 1), Some(7), 0), call(0, (2, 3), None, 8)]));
    assert!(!register(&[call(0, (0, 1), None, 7), call(0, (2, 3), Some(7), 0)]));
}

#[test]
fn overlapping_calls_take_effect_in_either_order() {
    let write = call(0, (0, 9), Some(7), 0);
    for read in [0, 7] {
        assert!(register(&[write.clone(), call(1, (1, 2), None, read)]));
    }
    assert!(!register(&[write.clone(), call(1, (1, 2), None, 8)]));
    // Once it was seen it stays.
    assert!(register(&[write.clone(), call(1, (1, 2), None, 0), call(2, (3, 4), None, 7)]));
    assert!(!register(&[write, call(1, (1, 2), None, 7), call(2, (3, 4), None, 0)]));
}

#[test]
fn what_has_returned_is_seen() {
    // Sequentially consistent, since the read could come first in another order of the threads, but not linearizable.
    assert!(!register(&[call(0, (0, 1), Some(7), 0), call(1, (2, 3), None, 0)]));
    // The same numbers, overlapping.
    assert!(register(&[call(0, (0, 3), Some(7), 0), call(1, (1, 2), None, 0)]));
}

#[test]
fn two_readers_may_not_see_two_writes_in_two_orders() {
    let writes = [call(0, (0, 20), Some(1), 0), call(1, (1, 21), Some(2), 0)];
    let reads = |order: [u32; 4]| {
        let mut calls = writes.to_vec();
        // First one reader, then the other.
        calls.extend(
            (2..)
                .zip(order)
                .map(|(at, value)| call(2 + at / 4, (at as u64 * 2, at as u64 * 2 + 1), None, value)),
        );
        register(&calls)
    };
    assert!(reads([1, 2, 2, 2]));
    assert!(reads([2, 1, 1, 1]));
    assert!(!reads([1, 2, 1, 2]));
    assert!(!reads([1, 2, 1, 1]));
}

#[test]
fn queues_of_herlihy_and_wing() {
    // Figure 1 of their paper: (a) and (c) are linearizable, (b) and (d) are not.
    let enqueue = |thread, at, value| call(thread, at, Some(value), None);
    let dequeue = |thread, at, value| call(thread, at, None, Some(value));
    assert!(queue(&[
        enqueue(0, (0, 2), 1),
        enqueue(1, (1, 4), 2),
        dequeue(1, (5, 7), 1),
        dequeue(0, (6, 8), 2),
    ]));
    assert!(queue(&[
        enqueue(0, (0, 2), 1),
        enqueue(1, (1, 4), 2),
        dequeue(1, (5, 7), 2),
        dequeue(0, (6, 8), 1),
    ]));
    assert!(!queue(&[enqueue(0, (0, 1), 1), enqueue(1, (2, 3), 2), dequeue(1, (4, 5), 2)]));
    assert!(queue(&[enqueue(0, (0, 3), 1), dequeue(1, (1, 2), 1)]));
    assert!(!queue(&[
        enqueue(0, (0, 2), 1),
        enqueue(1, (1, 3), 2),
        dequeue(0, (4, 6), 2),
        dequeue(2, (5, 7), 2),
    ]));
}

#[test]
fn a_call_that_never_returned_may_have_happened() {
    let write = pending(0, 0, Some(7));
    for read in [0, 7] {
        assert!(register(&[write.clone(), call(1, (1, 2), None, read)]));
    }
    // Or happen much later than its start.
    assert!(register(&[write.clone(), call(1, (1, 2), None, 0), call(1, (3, 4), None, 7)]));
    // But not twice, not back again, and not before it began.
    assert!(!register(&[write.clone(), call(1, (1, 2), None, 7), call(1, (3, 4), None, 0)]));
    assert!(!register(&[call(1, (0, 1), None, 7), pending(0, 2, Some(7))]));
    assert!(!queue(&[
        pending(0, 0, Some(7)),
        call(1, (1, 2), None, Some(7)),
        call(1, (3, 4), None, Some(7))
    ]));
    assert!(register(&[write, pending(1, 1, None)]));
}

#[test]
fn the_order_respects_what_had_returned() {
    let calls = [
        call(0, (0, 5), Some(1), 0),
        call(1, (1, 2), Some(2), 0),
        call(2, (3, 4), None, 1),
        call(2, (6, 7), None, 1),
    ];
    let order = explain::<Register>(&calls, u64::MAX).unwrap_or_else(|_| panic!("there is an order"));
    assert_eq!(order, [1, 0, 2, 3]);
}

#[test]
fn memory_of_what_was_tried_makes_long_histories_feasible() {
    // Two writers of the same value all the time: each pair may be in either order, so that without memory a
    // wrong last answer would be found after 2 ^ 2000 tries.
    let mut calls = Vec::new();
    for at in 0..2000 {
        calls.push(call(0, (at * 4, at * 4 + 2), Some(1), 0));
        calls.push(call(1, (at * 4 + 1, at * 4 + 3), Some(1), 0));
    }
    calls.push(call(2, (9000, 9001), None, 1));
    assert!(register(&calls));
    calls.last_mut().expect("the read").answer = Some(2);
    assert!(!register(&calls));
}

#[test]
fn a_long_call_beside_many_short_ones() {
    let mut calls = vec![call(0, (0, 10_000), Some(77), 0)];
    for at in 1..2000 {
        calls.push(call(1, (at * 2, at * 2 + 1), None, if at < 1500 { 0 } else { 77 }));
    }
    assert!(register(&calls));
    calls.push(call(1, (9998, 9999), None, 0));
    assert!(!register(&calls));
}

#[test]
fn keys_are_checked_apart() {
    let write = |key, at, value| call(0, at, (key, Some(value)), 0);
    let read = |key, at, value| call(1, at, (key, None), value);
    let history = History::new(vec![
        write('a', (0, 1), 1),
        write('b', (2, 3), 2),
        read('a', (4, 5), 1),
        read('b', (6, 7), 1),
    ]);
    struct OfKey;
    impl Specification for OfKey {
        type State = u32;
        type Op = (char, Option<u32>);
        type Answer = u32;
        fn init() -> u32 {
            0
        }
        fn apply(state: &mut u32, op: &Self::Op) -> u32 {
            Register::apply(state, &op.1)
        }
    }
    let parts = history.split(|op| op.0);
    assert_eq!(parts.keys().copied().collect::<String>(), "ab");
    assert_eq!(parts[&'a'].calls().len(), 2);
    assert!(parts[&'a'].check::<OfKey>().is_ok());
    assert!(parts[&'b'].check::<OfKey>().is_err());
}

#[test]
fn a_failure_shows_the_first_wrong_answer_and_little_else() {
    let mut calls: Vec<_> = (0..49).map(|at| call(0, (at * 2, at * 2 + 1), Some(50), 0)).collect();
    calls.push(call(1, (98, 105), Some(70), 0));
    calls.push(call(0, (100, 101), None, 13));
    calls.push(call(0, (110, 111), None, 14));
    let violation = History::new(calls).check::<Register>().expect_err("nobody wrote 13");
    let text = format!("{violation:?}");
    assert!(text.starts_with("not linearizable: no order of the calls explains"), "{text}");
    assert!(text.contains("> thread 0  [ 100,  101]  None -> 13"), "{text}");
    assert!(text.contains("thread 1  [  98,   ..]  Some(70) -> not yet returned"), "{text}");
    assert!(text.contains("None of thread 0 would return"), "{text}");
    assert!(text.contains("earlier calls"), "{text}");
    assert!(!text.contains("14"), "what came later is not shown: {text}");
    assert!(text.lines().count() < 16, "{text}");
}

#[test]
fn tickets_of_real_threads_are_all_different_and_in_the_order_of_each_thread() {
    let value = AtomicU32::new(0);
    let history = record(3, |recorder| {
        for _ in 0..100 {
            let thread = u32::try_from(recorder.thread()).expect("three threads");
            recorder.call(Some(thread), |_| {
                value.store(thread, SeqCst);
                0
            });
            recorder.call(None, |_| value.load(SeqCst));
        }
    });
    history.check::<Register>().expect("an atomic is a register");
    let mut tickets: Vec<_> = history.calls().iter().flat_map(|call| [call.invoked, call.returned]).collect();
    tickets.sort_unstable();
    assert!(tickets.into_iter().eq(0..1200));
    for thread in 0..3 {
        let mut last = None;
        for call in history.calls().iter().filter(|call| call.thread == thread) {
            assert!(last < Some(call.invoked) && call.invoked < call.returned);
            last = Some(call.returned);
        }
    }
}

#[test]
fn a_register_that_writes_in_two_steps_is_rejected() {
    // Reads between the two steps see neither value.
    let halves = [AtomicU32::new(0), AtomicU32::new(0)];
    let rejected = (0..2000).any(|_| {
        halves.iter().for_each(|half| half.store(0, SeqCst));
        let history = record(2, |recorder| {
            for round in 1..10 {
                if recorder.thread() == 0 {
                    recorder.call(Some(round << 16 | round), |_| {
                        halves[0].store(round, SeqCst);
                        thread::yield_now();
                        halves[1].store(round, SeqCst);
                        0
                    });
                } else {
                    recorder.call(None, |_| halves[0].load(SeqCst) << 16 | halves[1].load(SeqCst));
                    thread::yield_now();
                }
            }
        });
        history.check::<Register>().is_err()
    });
    assert!(rejected);
}

#[test]
fn a_panic_leaves_a_call_that_did_not_return() {
    let history: History<Option<u32>, u32> = record(1, |recorder| {
        let caught = std::panic::catch_unwind(AssertUnwindSafe(|| {
            recorder.call(Some(7), |_| panic!("in the middle"));
        }));
        assert!(caught.is_err());
        recorder.call(None, |_| 7);
    });
    assert_eq!(history.calls()[0], pending(0, 0, Some(7)));
    assert_eq!(history.overlaps(), 1);
    history.check::<Register>().expect("it may have happened");
}
