//! Lanes: their lifetimes, their scopes, and collections in them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use flow_arena::Arena;
use flow_testkit::{Arbitrary, Gen, TestResult, check, on_threads, run_model};

use crate::arena_ops::{Op, Piece, allocate, check_pieces, check_stats};

#[test]
fn values_outlive_the_lane() {
    let arena = Arena::new();
    let text = {
        let lane = arena.lane();
        lane.alloc_str("example")
    };
    let other = arena.lane().alloc_str("another");
    assert_eq!((&*text, &*other), ("example", "another"));
}

#[test]
fn short_lanes_share_a_block() {
    let arena = Arena::new();
    for i in 0..1000 {
        *arena.lane().alloc_value(i) += 1;
    }
    let stats = arena.stats();
    assert_eq!((stats.blocks, stats.lanes), (1, 1));
}

#[test]
fn a_leaked_lane_comes_back_with_the_reset() {
    let mut arena = Arena::new();
    for _ in 0..10 {
        let lane = std::mem::ManuallyDrop::new(arena.lane());
        lane.alloc(10);
        assert_eq!(arena.stats().lanes, 1);
        arena.reset();
    }
}

#[test]
fn a_lane_may_move_to_another_thread() {
    let arena = Arena::new();
    let lane = arena.lane();
    let here = lane.alloc_str("here");
    let there = thread::scope(|scope| scope.spawn(move || lane.alloc_str("there")).join().unwrap());
    assert_eq!((&*here, &*there), ("here", "there"));
}

#[test]
fn a_scope_takes_its_memory_back() {
    let arena = Arena::with_block_size(1024);
    let mut lane = arena.lane();
    let kept = lane.alloc_str("kept");
    let before = arena.stats();
    for round in 0..100 {
        lane.scope(|scratch| {
            for i in 0..100 {
                scratch.alloc(i);
            }
            scratch.alloc(10_000);
        });
        let after = arena.stats();
        assert_eq!(
            (after.allocations, after.requested, after.padding, after.wasted),
            (before.allocations, before.requested, before.padding, before.wasted)
        );
        if round == 0 {
            assert!(before.reserved < after.reserved);
        } else {
            // The same blocks again.
            assert_eq!(after.reserved, after.peak_reserved);
            assert_eq!(after.oversized_blocks, 1);
        }
    }
    assert_eq!(kept, "kept");
}

#[test]
fn a_lane_that_works_in_scopes_alone_keeps_its_block() {
    let arena = Arena::builder().memory_limit(64 * 1024).build();
    let mut addresses: Vec<usize> = Vec::new();
    for _ in 0..10 {
        let mut lane = arena.lane();
        // The arena's only block: nobody else could have it in between.
        addresses.push(lane.scope(|scratch| scratch.alloc(100).as_ptr().addr()));
        assert!(arena.try_alloc(1).is_err());
    }
    addresses.dedup();
    assert_eq!(addresses.len(), 1);
}

#[test]
fn a_panicking_scope_takes_its_memory_back() {
    let arena = Arena::new();
    let mut lane = arena.lane();
    let drops = Arc::new(AtomicUsize::new(0));
    lane.alloc_with_drop(Counted(Arc::clone(&drops)));
    let panic = catch_unwind(AssertUnwindSafe(|| {
        lane.scope(|scratch| {
            scratch.alloc_with_drop(Counted(Arc::clone(&drops)));
            panic!("in the scope");
        });
    }));
    assert_eq!(*panic.unwrap_err().downcast_ref::<&str>().unwrap(), "in the scope");
    // The inner value only.
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    assert_eq!(arena.stats().allocations, 1);
    drop(lane);
    drop(arena);
    assert_eq!(drops.load(Ordering::Relaxed), 2);
}

/// Counts its drops.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn swapping_lanes_in_a_scope_is_harmless() {
    // A `&'static` arena's lane can be shortened to the scope's lifetime, and swapped with the scope's lane.
    static ARENA: LazyLock<Arena> = LazyLock::new(Arena::new);
    let arena: &'static Arena = &ARENA;
    let mut lane = arena.lane();
    let kept = lane.alloc_str("kept");
    lane.scope(|scratch| {
        let mut other = arena.lane();
        other.alloc_str("other");
        std::mem::swap(scratch, &mut other);
        scratch.alloc_str("in the other lane");
        other.alloc_str("in the scope's lane");
    });
    lane.alloc_str("after");
    assert_eq!(kept, "kept");
    // Each of the two lanes came back once, if at all: three more at the same time are three others.
    let lanes: Vec<_> = (0..3).map(|_| arena.lane()).collect();
    let mut starts: Vec<_> = lanes.iter().map(|lane| lane.alloc(8).as_ptr()).collect();
    starts.push(lane.alloc(8).as_ptr());
    starts.sort_unstable();
    starts.dedup();
    assert_eq!((starts.len(), arena.stats().lanes), (4, 4));
}

/// What a program with scopes does.
#[derive(Clone, Debug)]
enum Step {
    Allocate(Op),
    Scope(Vec<Step>),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        if u8::arbitrary(g) % 4 == 0 && 1 < g.size() {
            let mut inner = Gen::from_size_and_seed(g.size() / 4, u64::arbitrary(g));
            Self::Scope(Arbitrary::arbitrary(&mut inner))
        } else {
            Self::Allocate(Op::arbitrary(g))
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match self {
            Self::Allocate(op) => Box::new(op.shrink().map(Self::Allocate)),
            Self::Scope(steps) => Box::new(steps.shrink().map(Self::Scope)),
        }
    }
}

/// Runs the steps in `lane`, and checks after each that all pieces that are still allocated are whole.
fn run(lane: &mut flow_arena::Lane<'_>, steps: &[Step], outer: &[Piece]) -> Result<(), String> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (step, fill) in steps.iter().zip((0_u8..).chain(std::iter::repeat(0))) {
        match step {
            Step::Allocate(op) => pieces.push(allocate(lane, *op, fill)?),
            Step::Scope(inner) => lane.scope(|scratch| run(scratch, inner, &pieces))?,
        }
    }
    check_pieces(&pieces)?;
    check_pieces(outer)
}

#[test]
fn scopes_never_touch_what_is_outside() {
    fn prop(steps: Vec<Step>) -> TestResult {
        let mut arena = Arena::builder().block_size(1024).largest_block(4096).build();
        run_model((), &[0, 1, 2], |(), _| {
            run(&mut arena.lane(), &steps, &[])?;
            check_stats(&arena.stats())?;
            arena.reset();
            Ok(())
        })
    }
    check("arena", "scopes_never_touch_what_is_outside", prop as fn(Vec<Step>) -> TestResult);
}

#[test]
fn lanes_and_threads_use_one_arena_at_once() {
    let arena = Arena::with_block_size(4096);
    on_threads(4, |thread| {
        let mut lane = arena.lane();
        for i in 0..2000 {
            let text = lane.alloc_fmt(format_args!("{thread}-{i}"));
            let scoped = lane.scope(|scratch| scratch.alloc_fmt(format_args!("{thread}-{i}")) == text);
            assert!(scoped);
            arena.alloc_str(text);
        }
    });
    assert_eq!(arena.stats().allocations, 4 * 2000 * 2);
}

#[cfg(feature = "allocator-api2")]
mod allocator {
    //! Collections that live in a lane.

    use std::alloc::Layout;

    use allocator_api2::{alloc::Allocator, boxed::Box, vec::Vec};
    use flow_arena::Arena;
    use flow_testkit::{Arbitrary, Gen, TestResult, check, run_model, same};

    #[test]
    fn what_is_grown_is_zero_behind_the_old() {
        let arena = Arena::new();
        let lane = arena.lane();
        let layout = |size| Layout::from_size_align(size, 8).expect("a layout");
        for others_allocate in [false, true] {
            let old = (&lane).allocate(layout(16)).expect("memory").cast::<u8>();
            // SAFETY: 16 bytes were allocated.
            unsafe { old.write_bytes(7, 16) };
            // In place, or elsewhere with what was there copied.
            let newer = others_allocate.then(|| lane.alloc(100));
            // SAFETY: `old` is a block of this lane with that layout, and not used again.
            let grown = unsafe { (&lane).grow_zeroed(old, layout(16), layout(64)) }.expect("memory");
            assert_eq!(grown.cast::<u8>() == old, newer.is_none());
            // SAFETY: 64 bytes, all of them written.
            let bytes = unsafe { grown.as_ref() };
            assert_eq!((&bytes[..16], &bytes[16..]), (&[7; 16][..], &[0; 48][..]));
        }
    }

    #[test]
    fn the_newest_vector_grows_where_it_stands() {
        let arena = Arena::new();
        let lane = arena.lane();
        let mut list: Vec<u64, _> = Vec::new_in(&lane);
        let mut start = None;
        for i in 0..4000 {
            list.push(i);
            assert_eq!(*start.get_or_insert(list.as_ptr()), list.as_ptr());
        }
        assert!(list.iter().copied().eq(0..4000));
        list.truncate(10);
        list.shrink_to_fit();
        assert_eq!(arena.stats().requested, 80);
        drop(list);
        assert_eq!((arena.stats().requested, arena.stats().allocations), (0, 0));
    }

    #[test]
    fn shrinking_to_a_stricter_alignment_moves() {
        use std::alloc::Layout;
        let arena = Arena::new();
        let lane = arena.lane();
        let old = Layout::from_size_align(100, 8).unwrap();
        let new = Layout::from_size_align(50, 4096).unwrap();
        let start = (&lane).allocate(old).unwrap().cast::<u8>();
        // SAFETY: `start` is a block of this lane with the layout `old`; the new layout is smaller.
        let moved = unsafe {
            start.write_bytes(7, 100);
            (&lane).shrink(start, old, new).unwrap().cast::<u8>()
        };
        assert!(moved.addr().get().is_multiple_of(4096));
        // SAFETY: the first 50 bytes were copied.
        assert_eq!(unsafe { moved.add(49).read() }, 7);
    }

    /// An operation on one of four vectors.
    #[derive(Clone, Debug)]
    enum Op {
        Push(u8, u16),
        Truncate(u8, u8),
        Shrink(u8),
        Replace(u8, std::vec::Vec<u16>),
        Boxed(u32),
    }

    impl Arbitrary for Op {
        fn arbitrary(g: &mut Gen) -> Self {
            let which = u8::arbitrary(g) % 4;
            match u8::arbitrary(g) % 8 {
                0 => Self::Truncate(which, Arbitrary::arbitrary(g)),
                1 => Self::Shrink(which),
                2 => Self::Replace(which, Arbitrary::arbitrary(g)),
                3 => Self::Boxed(Arbitrary::arbitrary(g)),
                _ => Self::Push(which, Arbitrary::arbitrary(g)),
            }
        }
    }

    #[test]
    fn vectors_in_a_lane_behave_as_std_vectors() {
        fn prop(ops: std::vec::Vec<Op>) -> TestResult {
            let arena = Arena::with_block_size(1024);
            let lane = arena.lane();
            let real: [Vec<u16, _>; 4] = std::array::from_fn(|_| Vec::new_in(&lane));
            let model: [std::vec::Vec<u16>; 4] = Default::default();
            run_model((real, model), &ops, |(real, model), op| {
                match op {
                    &Op::Push(which, item) => {
                        real[usize::from(which)].push(item);
                        model[usize::from(which)].push(item);
                    }
                    &Op::Truncate(which, len) => {
                        real[usize::from(which)].truncate(usize::from(len));
                        model[usize::from(which)].truncate(usize::from(len));
                    }
                    &Op::Shrink(which) => real[usize::from(which)].shrink_to_fit(),
                    Op::Replace(which, items) => {
                        let mut list = Vec::new_in(&lane);
                        list.extend_from_slice(items);
                        real[usize::from(*which)] = list;
                        model[usize::from(*which)].clone_from(items);
                    }
                    &Op::Boxed(item) => same("box", *Box::new_in(item, &lane), item)?,
                }
                (0..4).try_for_each(|i| same("items", &real[i][..], &model[i][..]))
            })
        }
        check(
            "arena",
            "vectors_in_a_lane_behave_as_std_vectors",
            prop as fn(std::vec::Vec<Op>) -> TestResult,
        );
    }
}
