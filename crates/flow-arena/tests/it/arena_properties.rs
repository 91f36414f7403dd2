//! The arena's properties. Run alone by `cargo xtask props arena`.

use flow_arena::{Arena, arena_format};
use flow_testkit::{TestAllocator, check, holds, on_threads};

use crate::arena_ops::{Op, allocate, allocate_all, check_pieces, check_stats};

/// Runs `test` on arenas of several shapes.
fn with_each_config(test: impl Fn(Arena) -> Result<(), String>) -> Result<(), String> {
    let configs = [
        Arena::builder(),
        Arena::builder().block_size(1024),
        Arena::builder().block_size(1024).largest_block(16 * 1024),
        Arena::builder().block_size(4096).memory_limit(1 << 24),
    ];
    configs.into_iter().try_for_each(|builder| {
        let shape = format!("{builder:?}");
        test(builder.build()).map_err(|problem| format!("{shape}: {problem}"))
    })
}

#[test]
fn non_overlapping_allocations() {
    fn prop(ops: Vec<Op>, in_lane: bool) -> bool {
        holds(with_each_config(|arena| {
            let pieces =
                if in_lane { allocate_all(&arena.lane(), &ops)? } else { allocate_all(&arena, &ops)? };
            check_pieces(&pieces)?;
            check_stats(&arena.stats())
        }))
    }
    check("arena", "non_overlapping_allocations", prop as fn(Vec<Op>, bool) -> bool);
}

#[test]
fn memory_reuse_after_reset() {
    fn prop(ops: Vec<Op>) -> bool {
        holds(with_each_config(|mut arena| {
            check_pieces(&allocate_all(&arena, &ops)?)?;
            let first = arena.stats();
            for cycle in 2..5 {
                arena.reset();
                // Generating the input allocates, so that only the arena's own calls are counted.
                let mut problem = None;
                let (_, counts) = TestAllocator::count(|| {
                    for &op in &ops {
                        // Text needs a string to copy, which is not the arena's.
                        let op = if let Op::Str(len) = op { Op::Uninit(len) } else { op };
                        problem = problem.take().or(allocate(&arena, op, 0).err());
                    }
                });
                problem.map_or(Ok(()), Err)?;
                let stats = arena.stats();
                if stats.reserved != first.reserved || counts.allocations != 0 {
                    return Err(format!("cycle {cycle}: {counts:?}, {stats} after {first}"));
                }
            }
            Ok(())
        }))
    }
    check("arena", "memory_reuse_after_reset", prop as fn(Vec<Op>) -> bool);
}

#[test]
fn string_allocation_preserves_content() {
    fn prop(texts: Vec<String>) -> bool {
        holds(with_each_config(|mut arena| {
            for _ in 0..2 {
                let copies: Vec<&str> = texts.iter().map(|text| &*arena.alloc_str(text)).collect();
                let formatted: Vec<&str> =
                    texts.iter().map(|text| &*arena_format!(arena, "<{text}|{}>", text.len())).collect();
                for ((text, copy), formatted) in texts.iter().zip(copies).zip(formatted) {
                    if copy != text || formatted != format!("<{text}|{}>", text.len()) {
                        return Err(format!("{text:?} became {copy:?} and {formatted:?}"));
                    }
                }
                arena.reset();
            }
            Ok(())
        }))
    }
    check("arena", "string_allocation_preserves_content", prop as fn(Vec<String>) -> bool);
}

#[test]
fn concurrent_safety() {
    fn prop(ops: Vec<Op>, use_lanes: bool) -> bool {
        const THREADS: usize = 3;
        holds(with_each_config(|mut arena| {
            for _ in 0..2 {
                let ranges = on_threads(THREADS, |_| {
                    let pieces = if use_lanes {
                        allocate_all(&arena.lane(), &ops)
                    } else {
                        allocate_all(&arena, &ops)
                    }?;
                    check_pieces(&pieces)?;
                    Ok(pieces.iter().map(|piece| piece.range()).collect::<Vec<_>>())
                });
                let ranges: Result<Vec<_>, String> = ranges.into_iter().collect();
                let mut ranges: Vec<_> =
                    ranges?.into_iter().flatten().filter(|range| !range.is_empty()).collect();
                ranges.sort_by_key(|range| range.start);
                if ranges.windows(2).any(|pair| pair[1].start < pair[0].end) {
                    return Err("two threads share memory".into());
                }
                let allocations = THREADS * ops.iter().filter(|op| size(op) != 0).count();
                let requested = THREADS * ops.iter().map(size).sum::<usize>();
                let stats = arena.stats();
                check_stats(&stats)?;
                if (stats.allocations, stats.requested) != (allocations, requested) {
                    return Err(format!("{stats:?}, but {allocations} allocations of {requested} bytes"));
                }
                arena.reset();
            }
            Ok(())
        }))
    }
    check("arena", "concurrent_safety", prop as fn(Vec<Op>, bool) -> bool);
}

fn size(op: &Op) -> usize {
    match *op {
        Op::Zeroed(size) | Op::Uninit(size) | Op::Str(size) | Op::Layout { size, .. } => size,
        Op::Words(len) => len * 8,
    }
}

#[test]
fn efficient_block_allocation() {
    // Small requests share blocks: at most 7 bytes of padding each, at most a quarter of a block wasted a block, and
    // no more blocks than that needs.
    fn prop(sizes: Vec<u8>) -> bool {
        const BLOCK: usize = 4096;
        let arena = Arena::with_block_size(BLOCK);
        for &size in &sizes {
            arena.alloc(usize::from(size));
        }
        let stats = arena.stats();
        let requested: usize = sizes.iter().copied().map(usize::from).sum();
        let used = stats.requested + stats.padding + stats.wasted;
        let usable = (BLOCK - 64) * stats.blocks;
        assert_eq!(stats.requested, requested);
        assert_eq!(stats.oversized_blocks, 0);
        assert!(stats.padding <= 7 * sizes.len(), "{stats}");
        assert!(stats.wasted <= stats.blocks * BLOCK / 4, "{stats}");
        assert!(used <= usable && usable < used + BLOCK, "{stats}");
        true
    }
    check("arena", "efficient_block_allocation", prop as fn(Vec<u8>) -> bool);
}

#[test]
fn memory_release() {
    fn prop(ops: Vec<Op>, retain: u16) -> bool {
        holds(with_each_config(|mut arena| {
            let retain = usize::from(retain);
            let mut problem = Ok(());
            let (_, counts) = TestAllocator::count(|| {
                let pieces = allocate_all(&arena, &ops);
                problem = pieces.and_then(|pieces| check_pieces(&pieces));
                arena.reset_and_trim(retain);
                if problem.is_ok() && arena.stats().reserved > retain {
                    problem = Err(format!("{} after a trim to {retain}", arena.stats()));
                }
                arena.alloc(100);
                arena.free();
            });
            problem?;
            let stats = arena.stats();
            let empty = (stats.reserved, stats.blocks, stats.oversized_blocks, stats.lanes) == (0, 0, 0, 0);
            // What stays is the depot's table of blocks, which is freed with the arena.
            drop(arena);
            if empty && counts.live_bytes() <= 100 * 1024 {
                Ok(())
            } else {
                Err(format!("{stats:?}, {} bytes live", counts.live_bytes()))
            }
        }))
    }
    check("arena", "memory_release", prop as fn(Vec<Op>, u16) -> bool);
}
