//! Random sequences of all operations on a pool, against a model of it: who owns which memory, what is in it, and what
//! the statistics must say after each operation.

use std::{mem, ops::DerefMut};

use flow_memory::{
    BufferClassStats, BufferPool, BufferPoolBuilder, BufferPoolStats, OwnedBuffer, PooledBuffer,
};
use flow_testkit::{Arbitrary, Gen, TestResult, check, check_apart, run_model_then, same};

use crate::buffer_pool_ops::{
    Size, check_stats, class_for, class_of, configs, memory_left, memory_left_by_one_pool, promised, range,
};

/// An operation. Where it is about a buffer, that is the one at an index, modulo how many there are.
#[derive(Clone, Copy, Debug)]
enum Op {
    Get(Size),
    TryGet(Size),
    GetZeroed(Size),
    GetOwned(Size),
    IntoOwned(usize),
    Take(Size),
    PutForeign(Size),
    PutBack,
    Append(usize, Size),
    VecGrow(usize, Size),
    Detach(usize),
    Empty(usize),
    IntoVec(usize),
    Drop(usize),
    ShrinkTo(Size),
    Trim,
    Prefill(Size, usize),
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        let (size, index) = (Size::arbitrary(g), usize::from(u8::arbitrary(g)));
        match u8::arbitrary(g) % 32 {
            0..6 => Self::Get(size),
            6 => Self::TryGet(size),
            7 | 8 => Self::GetZeroed(size),
            9 | 10 => Self::GetOwned(size),
            11 => Self::IntoOwned(index),
            12 => Self::Take(size),
            13 => Self::PutForeign(size),
            14 | 15 => Self::PutBack,
            16 | 17 => Self::Append(index, size),
            18 => Self::VecGrow(index, size),
            19 => Self::Detach(index),
            20 => Self::Empty(index),
            21 => Self::IntoVec(index),
            22..29 => Self::Drop(index),
            29 => Self::ShrinkTo(Size(size.0 * 8)),
            30 => Self::Trim,
            _ => Self::Prefill(size, index % 20),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        match *self {
            Self::Get(size) => Box::new(size.shrink().map(Self::Get)),
            Self::GetZeroed(size) => Box::new(size.shrink().map(Self::GetZeroed)),
            Self::PutForeign(size) => Box::new(size.shrink().map(Self::PutForeign)),
            Self::Append(index, size) => Box::new(size.shrink().map(move |size| Self::Append(index, size))),
            Self::ShrinkTo(size) => Box::new(size.shrink().map(Self::ShrinkTo)),
            Self::Prefill(size, count) => {
                Box::new((size, count).shrink().map(|(size, count)| Self::Prefill(size, count)))
            }
            _ => Box::new(std::iter::empty()),
        }
    }
}

enum Handle<'p> {
    PooledObject(PooledBuffer<'p>),
    Owned(OwnedBuffer),
}

impl Handle<'_> {
    fn vector(&mut self) -> &mut Vec<u8> {
        match self {
            Self::PooledObject(buffer) => buffer.deref_mut(),
            Self::Owned(buffer) => buffer.deref_mut(),
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        match self {
            Self::PooledObject(buffer) => buffer.append(bytes),
            Self::Owned(buffer) => buffer.append(bytes),
        }
    }

    fn detach(&mut self) -> Vec<u8> {
        match self {
            Self::PooledObject(buffer) => buffer.detach(),
            Self::Owned(buffer) => buffer.detach(),
        }
    }
}

/// A buffer that was handed out.
struct Live<'p> {
    handle: Handle<'p>,
    /// What was promised for it; 0 if the pool does not count it any more.
    promised: usize,
    contents: Vec<u8>,
}

/// The pool, what it handed out, and what it should say of that.
struct State<'p> {
    pool: &'p BufferPool,
    live: Vec<Live<'p>>,
    /// Vectors that the pool forgot, and what is in them.
    vectors: Vec<(Vec<u8>, Vec<u8>)>,
    hits: u64,
    misses: u64,
    oversized: u64,
    came_back: u64,
    mark: u8,
}

/// What was so before an operation.
struct Before {
    stats: BufferPoolStats,
    classes: Vec<BufferClassStats>,
}

impl Before {
    fn kept(&self, class: usize) -> usize {
        self.classes.iter().find(|stats| stats.size == class).map_or(0, |stats| stats.retained)
    }
}

impl<'p> State<'p> {
    fn new(pool: &'p BufferPool) -> Self {
        let (live, vectors) = (Vec::new(), Vec::new());
        Self { pool, live, vectors, hits: 0, misses: 0, oversized: 0, came_back: 0, mark: 0 }
    }

    /// A request: one thread finds all that the pool keeps, so that it is known whether there is a buffer.
    fn request(&mut self, before: &Before, size: usize) {
        match class_for(self.pool, size) {
            None => self.oversized += 1,
            Some(class) if before.kept(class) != 0 => self.hits += 1,
            Some(_) => self.misses += 1,
        }
    }

    /// Something that holds `capacity` bytes comes back, and nothing else happens meanwhile: it is kept unless there
    /// is no class or no budget for it.
    fn comes_back(&mut self, before: &Before, promised: usize, capacity: usize) -> Result<(), String> {
        self.came_back += u64::from(capacity != 0);
        let oversized = self.pool.largest_class() < promised;
        let class = class_of(self.pool, capacity).filter(|_| !oversized);
        let returns = self.pool.stats().returns - before.stats.returns;
        match class {
            None => same("returns", returns, 0),
            Some(class) if before.stats.reserved_bytes + class <= before.stats.max_retained_bytes => {
                same("returns where there is room", returns, 1)
            }
            Some(_) => Ok(()),
        }
    }

    fn add(&mut self, mut handle: Handle<'p>, size: usize, len: usize) -> Result<(), String> {
        let promised = promised(self.pool, size);
        let vector = handle.vector();
        same("capacity", vector.capacity(), promised)?;
        same("contents", &vector[..], vec![0; len].as_slice())?;
        // To the last byte, so that a range that is not the buffer's own destroys another.
        self.mark = self.mark.wrapping_add(1);
        vector.resize(promised, self.mark);
        vector[..len].fill(self.mark);
        let contents = vector.clone();
        self.live.push(Live { handle, promised, contents });
        Ok(())
    }

    fn step(&mut self, op: Op) -> Result<(), String> {
        let before = Before { stats: self.pool.stats(), classes: self.pool.class_stats() };
        let pool = self.pool;
        let count = self.live.len();
        let at = |index: usize| (count != 0).then(|| index % count);
        match op {
            Op::Get(Size(size)) => {
                self.request(&before, size);
                self.add(Handle::PooledObject(pool.get(size)), size, 0)?;
            }
            Op::TryGet(Size(size)) => {
                self.request(&before, size);
                let buffer = pool.try_get(size).map_err(|error| error.to_string())?;
                self.add(Handle::PooledObject(buffer), size, 0)?;
            }
            Op::GetZeroed(Size(size)) => {
                self.request(&before, size);
                self.add(Handle::PooledObject(pool.get_zeroed(size)), size, size)?;
            }
            Op::GetOwned(Size(size)) => {
                self.request(&before, size);
                self.add(Handle::Owned(pool.get_owned(size)), size, 0)?;
            }
            Op::IntoOwned(index) => {
                if let Some(index) = at(index) {
                    let Live { handle, promised, contents } = self.live.swap_remove(index);
                    let handle = match handle {
                        Handle::PooledObject(buffer) => Handle::Owned(buffer.into_owned()),
                        owned @ Handle::Owned(_) => owned,
                    };
                    self.live.push(Live { handle, promised, contents });
                }
            }
            Op::Take(Size(size)) => {
                self.request(&before, size);
                let mut vector = pool.take(size);
                same("capacity of what was taken", vector.capacity(), promised(pool, size))?;
                vector.resize(vector.capacity(), 1);
                self.vectors.push((vector.clone(), vector));
            }
            Op::PutForeign(Size(size)) => {
                let vector = Vec::with_capacity(size);
                pool.put(vector);
                self.comes_back(&before, 0, size)?;
            }
            Op::PutBack => {
                if let Some((_, vector)) = self.vectors.pop() {
                    let capacity = vector.capacity();
                    pool.put(vector);
                    self.comes_back(&before, 0, capacity)?;
                }
            }
            Op::Append(index, Size(more)) => {
                let more = vec![2; more % 10_000];
                let Some(live) = at(index).map(|index| &mut self.live[index]) else { return Ok(()) };
                let capacity = live.handle.vector().capacity();
                let needed = live.contents.len() + more.len();
                live.handle.append(&more);
                live.contents.extend_from_slice(&more);
                if capacity < needed {
                    let asked = needed.max(2 * capacity);
                    live.promised = promised(pool, asked);
                    same("grown capacity", live.handle.vector().capacity(), live.promised)?;
                    self.request(&before, asked);
                    self.came_back += u64::from(capacity != 0);
                }
            }
            Op::VecGrow(index, Size(more)) => {
                if let Some(live) = at(index).map(|index| &mut self.live[index]) {
                    live.handle.vector().reserve_exact(more % 10_000);
                }
            }
            Op::Detach(index) => {
                if let Some(live) = at(index).map(|index| &mut self.live[index]) {
                    let vector = live.handle.detach();
                    live.promised = 0;
                    self.vectors.push((mem::take(&mut live.contents), vector));
                }
            }
            Op::Empty(index) => {
                // The pool does not see this before the empty handle comes back.
                if let Some(live) = at(index).map(|index| &mut self.live[index]) {
                    let vector = mem::take(live.handle.vector());
                    self.vectors.push((mem::take(&mut live.contents), vector));
                }
            }
            Op::IntoVec(index) => {
                if let Some(index) = at(index) {
                    let Live { handle, contents, .. } = self.live.swap_remove(index);
                    let vector = match handle {
                        Handle::PooledObject(buffer) => buffer.into_vec(),
                        Handle::Owned(buffer) => buffer.into_vec(),
                    };
                    self.vectors.push((contents, vector));
                }
            }
            Op::Drop(index) => {
                if let Some(index) = at(index) {
                    let Live { mut handle, promised, .. } = self.live.swap_remove(index);
                    let capacity = handle.vector().capacity();
                    drop(handle);
                    self.comes_back(&before, promised, capacity)?;
                }
            }
            Op::ShrinkTo(Size(bytes)) => {
                let freed = pool.shrink_to(bytes);
                self.shrunk(&before, bytes, freed)?;
            }
            Op::Trim => {
                let freed = pool.trim();
                self.shrunk(&before, 0, freed)?;
            }
            Op::Prefill(Size(size), count) => {
                let made = pool.prefill(size, count);
                let Some(class) = class_for(pool, size) else { return same("prefilled", made, 0) };
                let room = (before.stats.max_retained_bytes - before.stats.reserved_bytes) / class;
                same("prefilled", made, count.min(room))?;
                let kept = before.stats.retained_bytes + made * class;
                same("kept", pool.stats().retained_bytes, kept)?;
            }
        }
        self.check()
    }

    fn shrunk(&self, before: &Before, bytes: usize, freed: usize) -> Result<(), String> {
        let stats = self.pool.stats();
        same("freed", freed, before.stats.retained_bytes - stats.retained_bytes)?;
        if bytes < stats.reserved_bytes {
            return Err(format!(
                "{} kept, {} reserved after that",
                stats.retained_bytes, stats.reserved_bytes
            ));
        }
        if before.stats.reserved_bytes <= bytes { same("freed for nothing", freed, 0) } else { Ok(()) }
    }

    /// What holds after every operation.
    fn check(&mut self) -> Result<(), String> {
        let stats = self.pool.stats();
        same("outstanding", stats.outstanding, self.live.iter().filter(|live| live.promised != 0).count())?;
        let promised: usize = self.live.iter().map(|live| live.promised).sum();
        same("outstanding bytes", stats.outstanding_bytes, promised)?;
        let requests = (stats.hits, stats.misses, stats.oversized);
        same("hits, misses, oversized", requests, (self.hits, self.misses, self.oversized))?;
        same("returns and discards", stats.returns + stats.discards, self.came_back)?;
        check_stats(self.pool)?;
        let mut ranges = Vec::new();
        for live in &mut self.live {
            same("contents", *live.handle.vector() == live.contents, true)?;
            ranges.push(range(live.handle.vector()));
        }
        for (contents, vector) in &self.vectors {
            same("contents of a vector", vector == contents, true)?;
            ranges.push(range(vector));
        }
        check_apart(ranges)
    }

    fn finish(mut self) -> Result<(), String> {
        self.live.clear();
        self.vectors.clear();
        self.pool.trim();
        let stats = self.pool.stats();
        same("outstanding at the end", (stats.outstanding, stats.outstanding_bytes), (0, 0))?;
        same("kept after a trim", (stats.retained, stats.retained_bytes, stats.reserved_bytes), (0, 0, 0))
    }
}

fn agrees(builder: BufferPoolBuilder, ops: &[Op]) -> TestResult {
    let pool = builder.build();
    run_model_then(State::new(&pool), ops, |state, op| state.step(*op), State::finish)
}

#[test]
fn model() {
    fn prop(ops: Vec<Op>) -> TestResult {
        let expected = memory_left_by_one_pool();
        for builder in configs() {
            let shape = format!("{builder:?}");
            let (result, left) = memory_left(|| {
                let result = agrees(builder, &ops);
                // Only whether there is a text, which would be memory that is left, matters here.
                if result.is_failure() || result.is_error() { Err(Box::new(result)) } else { Ok(()) }
            });
            if let Err(result) = result {
                return TestResult::error(format!("{shape}: {result:?}"));
            }
            // None at all if nothing was asked of the pool.
            if left != expected && left != 0 {
                return TestResult::error(format!("{shape}: {left} bytes are left, not {expected}"));
            }
        }
        TestResult::passed()
    }
    check("buffer-pool", "model", prop as fn(Vec<Op>) -> TestResult);
}
