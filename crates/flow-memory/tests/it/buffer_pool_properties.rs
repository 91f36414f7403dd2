//! The buffer pool's properties. Run alone by `cargo xtask props buffer-pool`.

use std::{
    collections::{HashMap, HashSet},
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Mutex, PoisonError},
};

use flow_memory::{BufferPool, OwnedBuffer, PooledBuffer};
use flow_testkit::{Arbitrary, Gen, TestAllocator, check, check_apart, holds, on_threads};

use crate::buffer_pool_ops::{
    Size, check_stats, class_for, class_of, class_stats, fill, promised, range, with_each_config,
};

#[test]
fn buffer_capacity() {
    // What is held at once has the capacity that was asked for, all of which can be written to, and no memory in common.
    fn held(pool: &BufferPool, sizes: &[Size]) -> Result<(), String> {
        let mut pooled: Vec<(usize, PooledBuffer<'_>)> = Vec::new();
        let mut owned: Vec<(usize, OwnedBuffer)> = Vec::new();
        let mut taken: Vec<(usize, Vec<u8>)> = Vec::new();
        for (i, &Size(size)) in sizes.iter().enumerate() {
            match i % 5 {
                0 => pooled.push((size, pool.get(size))),
                1 => pooled.push((size, pool.try_get(size).map_err(|error| error.to_string())?)),
                2 => {
                    let mut zeroed = pool.get_zeroed(size);
                    if zeroed.len() != size || zeroed.iter().any(|&byte| byte != 0) {
                        return Err(format!("{size} zeros are {zeroed:?}"));
                    }
                    zeroed.clear();
                    pooled.push((size, zeroed));
                }
                3 => owned.push((size, pool.get_owned(size))),
                _ => taken.push((size, pool.take(size))),
            }
        }
        let vectors = pooled.iter_mut().map(|(size, buffer)| (*size, &mut **buffer));
        let vectors = vectors.chain(owned.iter_mut().map(|(size, buffer)| (*size, &mut **buffer)));
        let vectors = vectors.chain(taken.iter_mut().map(|(size, buffer)| (*size, buffer)));
        let mut vectors: Vec<(usize, &mut Vec<u8>)> = vectors.collect();
        for (mark, (size, vector)) in (0_u8..).chain(std::iter::repeat(0)).zip(&mut vectors) {
            if !vector.is_empty() || vector.capacity() != promised(pool, *size) || vector.capacity() < *size {
                return Err(format!("{size} bytes: {} of {}", vector.len(), vector.capacity()));
            }
            let len = vector.capacity();
            fill(vector, mark, len);
        }
        check_apart(vectors.iter().map(|(_, vector)| range(vector)))?;
        for (mark, (_, vector)) in (0_u8..).chain(std::iter::repeat(0)).zip(&vectors) {
            if vector.iter().any(|&byte| byte != mark) {
                return Err(format!("{vector:?} should all be {mark}"));
            }
        }
        for (_, vector) in taken {
            pool.put(vector);
        }
        Ok(())
    }
    fn prop(sizes: Vec<Size>) -> bool {
        holds(with_each_config(|pool| {
            // The second time with what the first one gave back.
            (0..2).try_for_each(|_| held(&pool, &sizes))?;
            check_stats(&pool)
        }))
    }
    check("buffer-pool", "buffer_capacity", prop as fn(Vec<Size>) -> bool);
}

#[test]
fn buffer_reuse() {
    // What was kept is handed out again before anything is allocated, and from a warm pool nothing is.
    fn prop(sizes: Vec<Size>, backwards: bool) -> bool {
        holds(with_each_config(|pool| {
            let mut wanted: HashMap<usize, usize> = HashMap::new();
            for class in sizes.iter().filter_map(|&Size(size)| class_for(&pool, size)) {
                *wanted.entry(class).or_default() += 1;
            }
            let mut sizes = sizes.clone();
            let mut addresses = HashSet::new();
            for round in 0..4 {
                let before = pool.class_stats();
                let kept = pool.stats().retained_bytes;
                let (buffers, counts) = TestAllocator::count(|| {
                    sizes.iter().map(|&Size(size)| pool.get(size)).collect::<Vec<_>>()
                });
                let after = pool.class_stats();
                for (before, after) in before.iter().zip(&after) {
                    let wanted = wanted.get(&after.size).copied().unwrap_or_default();
                    let hits = (after.hits - before.hits, after.misses - before.misses);
                    let served = wanted.min(before.retained);
                    if hits != (served as u64, (wanted - served) as u64) || after.outstanding != wanted {
                        return Err(format!("round {round}: from {before} to {after}"));
                    }
                }
                let reused =
                    buffers.iter().filter(|buffer| addresses.contains(&buffer.as_ptr().addr())).count();
                let hits: u64 =
                    after.iter().zip(&before).map(|(after, before)| after.hits - before.hits).sum();
                if (reused as u64) < hits {
                    return Err(format!("round {round}: {reused} of {hits} are at known addresses"));
                }
                // One allocation is this test's own vector. The queues of a new pool are made at their first use.
                let fresh = buffers.len() as u64 - hits;
                if round == 3 && 1 + fresh < counts.allocations {
                    return Err(format!("{counts:?} for {fresh} fresh buffers, {kept} bytes were kept"));
                }
                addresses.extend(buffers.iter().map(|buffer| buffer.as_ptr().addr()));
                if backwards {
                    sizes.reverse();
                }
                buffers.into_iter().for_each(drop);
                check_stats(&pool)?;
            }
            Ok(())
        }))
    }
    check("buffer-pool", "buffer_reuse", prop as fn(Vec<Size>, bool) -> bool);
}

#[test]
fn size_classes() {
    // A buffer of whatever capacity goes to the class below, and a class hands out what it promises, exactly.
    fn came_back(pool: &BufferPool, capacity: usize, class: Option<usize>) -> Result<(), String> {
        let stats = pool.stats();
        let kept = pool.class_stats().into_iter().filter(|class| class.retained != 0);
        let kept: Vec<_> = kept.map(|class| (class.size, class.retained)).collect();
        let expected = match class {
            // Not kept where the budget is smaller than that.
            Some(class) if class <= pool.max_retained_bytes() => vec![(class, 1)],
            _ => vec![],
        };
        if kept != expected || stats.outstanding != 0 {
            return Err(format!("{capacity} bytes became {kept:?}, not {expected:?}: {stats:?}"));
        }
        for &(class, _) in &kept {
            // The class above does not get it.
            let above = pool.try_get(class + 1).map_err(|error| error.to_string())?;
            let hits = pool.stats().hits;
            let same = pool.get(class);
            if pool.stats().hits != hits + 1 || above.capacity() <= class || same.capacity() != class {
                return Err(format!("{capacity} bytes were handed out as {}", same.capacity()));
            }
            drop(above.into_owned().into_vec());
            drop(same.into_vec());
        }
        pool.trim();
        Ok(())
    }
    fn prop(capacities: Vec<Size>, request: Size) -> bool {
        holds(with_each_config(|pool| {
            for &Size(capacity) in &capacities {
                // A foreign one.
                pool.put(Vec::with_capacity(capacity));
                came_back(&pool, capacity, class_of(&pool, capacity))?;
                // One that grew or shrank by itself.
                let mut grown = pool.get(request.0.min(pool.largest_class()));
                *grown = Vec::with_capacity(capacity);
                drop(grown);
                came_back(&pool, capacity, class_of(&pool, capacity))?;
                // One that was asked for.
                let asked = pool.get(capacity);
                if asked.capacity() != promised(&pool, capacity) {
                    return Err(format!("asked for {capacity}, got {}", asked.capacity()));
                }
                drop(asked);
                came_back(&pool, capacity, class_for(&pool, capacity))?;
            }
            check_stats(&pool)
        }))
    }
    check("buffer-pool", "size_classes", prop as fn(Vec<Size>, Size) -> bool);
}

/// What a thread does with the pool, and with buffers that other threads left for it.
#[derive(Clone, Copy, Debug)]
enum Step {
    Hold(Size),
    Drop,
    /// Leaves a buffer where all threads find it.
    Leave,
    /// Takes one that was left.
    Find,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 5 {
            0 | 1 => Self::Hold(Size::arbitrary(g)),
            2 => Self::Drop,
            3 => Self::Leave,
            _ => Self::Find,
        }
    }
}

#[test]
fn concurrent_usage() {
    // A buffer keeps its contents, whatever threads it passes through, and each that was handed out comes back once.
    fn prop(steps: Vec<Step>) -> bool {
        const THREADS: usize = 3;
        holds(with_each_config(|pool| {
            let left: Mutex<Vec<(u8, OwnedBuffer)>> = Mutex::default();
            let left = || left.lock().unwrap_or_else(PoisonError::into_inner);
            let intact = |(mark, buffer): &(u8, OwnedBuffer)| {
                if buffer.len() == buffer.capacity() && buffer.iter().all(|byte| byte == mark) {
                    Ok(())
                } else {
                    Err(format!("a buffer of {mark} became {buffer:?}"))
                }
            };
            let work = |thread: usize| -> Result<u64, String> {
                let mut held = Vec::new();
                let mut requests = 0;
                for (i, step) in steps.iter().enumerate() {
                    match *step {
                        Step::Hold(Size(size)) => {
                            requests += 1;
                            let mark = u8::try_from((i * THREADS + thread) % 251).unwrap_or_default();
                            let mut buffer = pool.get_owned(size);
                            let len = buffer.capacity();
                            fill(&mut buffer, mark, len);
                            held.push((mark, buffer));
                        }
                        Step::Drop => held.pop().map_or(Ok(()), |buffer| intact(&buffer))?,
                        Step::Leave => left().extend(held.pop()),
                        Step::Find => held.extend({ left() }.pop()),
                    }
                }
                held.iter().try_for_each(intact)?;
                Ok(requests)
            };
            let requests = on_threads(THREADS, work).into_iter().sum::<Result<u64, String>>()?;
            left().drain(..).try_for_each(|buffer| intact(&buffer))?;
            let stats = pool.stats();
            let sums = (stats.hits + stats.misses + stats.oversized, stats.returns + stats.discards);
            if sums != (requests, requests) || (stats.outstanding, stats.outstanding_bytes) != (0, 0) {
                return Err(format!("{requests} requests: {stats:?}"));
            }
            check_stats(&pool)?;
            pool.trim();
            // All threads but this one are gone, so that nothing is out of reach.
            if (pool.stats().retained, pool.stats().reserved_bytes) == (0, 0) {
                Ok(())
            } else {
                Err(format!("after a trim: {:?}", pool.stats()))
            }
        }))
    }
    check("buffer-pool", "concurrent_usage", prop as fn(Vec<Step>) -> bool);
}

#[test]
fn with_buffer_function() {
    // The closure gets an empty buffer, its result comes out, and the buffer goes back however it ends.
    fn prop(size: Size, contents: Vec<u8>, outcome: u8) -> bool {
        holds(with_each_config(|pool| {
            for round in 1..=3 {
                let ended = catch_unwind(AssertUnwindSafe(|| {
                    pool.with_buffer(size.0, |buffer| {
                        assert!(buffer.is_empty() && size.0 <= buffer.capacity());
                        assert_eq!(pool.stats().outstanding, 1);
                        buffer.append(&contents);
                        match outcome % 3 {
                            0 => Ok(buffer.to_vec()),
                            1 => Err(buffer.len()),
                            _ => resume_unwind(Box::new(buffer.len())),
                        }
                    })
                }));
                let as_wanted = match ended {
                    Ok(Ok(copy)) => outcome.is_multiple_of(3) && copy == contents,
                    Ok(Err(len)) => outcome % 3 == 1 && len == contents.len(),
                    Err(payload) => payload.downcast_ref::<usize>() == Some(&contents.len()),
                };
                let stats = pool.stats();
                let requests = stats.hits + stats.misses + stats.oversized;
                let came_back = stats.returns + stats.discards;
                if !as_wanted || stats.outstanding != 0 || requests != came_back || requests < round {
                    return Err(format!("round {round}: {stats:?}"));
                }
            }
            // One that was not grown and is kept serves all calls.
            let class = class_for(&pool, size.0).filter(|&class| class <= pool.max_retained_bytes());
            if let Some(class) = class.filter(|&class| contents.len() <= class)
                && class_stats(&pool, class).hits != 2
            {
                return Err(format!("{:?}", class_stats(&pool, class)));
            }
            check_stats(&pool)
        }))
    }
    check("buffer-pool", "with_buffer_function", prop as fn(Size, Vec<u8>, u8) -> bool);
}

#[test]
fn buffer_growth() {
    // Contents are what a vector's would be, the capacity is that of a class, and what was outgrown is back in the pool.
    fn prop(start: Size, chunks: Vec<(Size, u8)>) -> bool {
        holds(with_each_config(|pool| {
            let mut model = Vec::new();
            let mut buffer = pool.get(start.0);
            let mut requests = 1;
            for &(Size(len), kind) in &chunks {
                let len = len % 5000;
                let old = (buffer.capacity(), buffer.as_ptr());
                let before = pool.stats();
                let needed = model.len() + len;
                let chunk = vec![kind; len];
                match kind % 4 {
                    0 => buffer.append(&chunk),
                    1 => buffer.try_append(&chunk).map_err(|error| error.to_string())?,
                    2 => buffer.write_all(&chunk).map_err(|error| error.to_string())?,
                    _ => buffer.extend(&chunk),
                }
                model.extend_from_slice(&chunk);
                let stats = pool.stats();
                let asked = stats.hits + stats.misses + stats.oversized;
                let gave_back = (stats.returns + stats.discards) - (before.returns + before.discards);
                if needed <= old.0 {
                    if (buffer.capacity(), buffer.as_ptr()) != old || asked != requests {
                        return Err(format!("moved from {} for {needed} bytes", old.0));
                    }
                } else {
                    // At least twice as large, so that many small chunks move the contents only now and then.
                    let expected = promised(&pool, needed.max(2 * old.0));
                    if buffer.capacity() != expected || gave_back != 1 || asked != requests + 1 {
                        return Err(format!(
                            "from {} to {} for {needed} bytes, not {expected}; {before} became {stats}",
                            old.0,
                            buffer.capacity()
                        ));
                    }
                    requests += 1;
                }
                if *buffer != model || (stats.outstanding, stats.outstanding_bytes) != (1, buffer.capacity())
                {
                    return Err(format!("{stats:?}, contents {buffer:?}"));
                }
            }
            drop(buffer);
            check_stats(&pool)
        }))
    }
    check("buffer-pool", "buffer_growth", prop as fn(Size, Vec<(Size, u8)>) -> bool);
}
