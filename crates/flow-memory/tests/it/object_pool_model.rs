//! An object pool and a simple model of it, side by side. Run alone by `cargo xtask props object-pool`.

use std::{ptr, sync::Arc};

use flow_arena::Arena;
use flow_memory::{Object, ObjectPool, ObjectPoolStats, OwnedObject, PooledObject};
use flow_testkit::{Arbitrary, Gen, TestResult, check, run_model_then, same};

use crate::counted::{Counted, Tally};

/// What is done to a pool. Numbers choose among what there is, so that each fits every state.
#[derive(Clone, Debug)]
enum Op {
    Get(u8),
    GetOwned(u8),
    IntoOwned(u8),
    Drop(u8),
    DropAll,
    DropElsewhere(u8),
    Detach(u8),
    Trim,
    ShrinkTo(u8),
    Prefill(u8),
}

impl Arbitrary for Op {
    fn arbitrary(source: &mut Gen) -> Self {
        let number = u8::arbitrary(source);
        match u8::arbitrary(source) % 16 {
            0..=3 => Self::Get(number % 8),
            4 | 5 => Self::GetOwned(number % 8),
            6 => Self::IntoOwned(number),
            7..=9 => Self::Drop(number),
            10 => Self::DropAll,
            11 => Self::DropElsewhere(number),
            12 => Self::Detach(number),
            13 => Self::Trim,
            14 => Self::ShrinkTo(number % 32),
            _ => Self::Prefill(number % 32),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let of = |make: fn(u8) -> Self, number: u8| -> Box<dyn Iterator<Item = Self>> {
            Box::new(number.shrink().map(make))
        };
        match *self {
            Self::Get(number) => of(Self::Get, number),
            Self::GetOwned(number) => of(Self::GetOwned, number),
            Self::ShrinkTo(number) => of(Self::ShrinkTo, number),
            Self::Prefill(number) => of(Self::Prefill, number),
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// An object in use, in either form, and what its user wrote to it.
enum Live<'p> {
    Borrowed(PooledObject<'p, Counted>, String),
    Owned(OwnedObject<Counted>, String),
}

impl Live<'_> {
    fn object(&self) -> &Counted {
        match self {
            Self::Borrowed(object, _) => object,
            Self::Owned(object, _) => object,
        }
    }

    fn written(&self) -> &str {
        let (Self::Borrowed(_, written) | Self::Owned(_, written)) = self;
        written
    }

    fn detach(self) -> Counted {
        match self {
            Self::Borrowed(object, _) => Object::detach(object),
            Self::Owned(object, _) => Object::detach(object),
        }
    }
}

struct State<'p> {
    tally: Arc<Tally>,
    pool: &'p ObjectPool<Counted>,
    live: Vec<Live<'p>>,
    detached: Vec<Counted>,
    /// Calls that took an object, that brought one back, and that took one away.
    taken: usize,
    returned: usize,
}

impl State<'_> {
    fn pick(&self, number: u8) -> Option<usize> {
        (!self.live.is_empty()).then(|| usize::from(number) % self.live.len())
    }

    fn give_back(&mut self, live: Live<'_>) {
        self.returned += 1;
        drop(live);
    }

    fn check(&self, before: &ObjectPoolStats, op: &Op) -> Result<(), String> {
        let Self { tally, pool, live, detached, .. } = self;
        let stats = pool.stats();
        // Everything that was made is somewhere, once.
        same("alive", tally.alive(), live.len() + detached.len() + stats.retained)?;
        same("outstanding", stats.outstanding, live.len())?;
        same("requests", stats.hits + stats.misses, self.taken as u64)?;
        same("returns", stats.returns + stats.discards, self.returned as u64)?;
        same("recycled", tally.recycled(), self.returned)?;
        if stats.retained > stats.reserved || stats.reserved > pool.max_retained() {
            return Err(format!("too much is kept: {stats:?}"));
        }
        for one in live {
            same("contents", one.object().text.as_str(), one.written())?;
        }
        let mut addresses: Vec<_> = live.iter().map(|one| ptr::from_ref(one.object()).addr()).collect();
        let mut ids: Vec<_> = live.iter().map(Live::object).chain(detached).map(|object| object.id).collect();
        addresses.sort_unstable();
        addresses.dedup();
        ids.sort_unstable();
        ids.dedup();
        same("different places", addresses.len(), live.len())?;
        same("different objects", ids.len(), live.len() + detached.len())?;
        match *op {
            Op::Trim => same("retained", stats.retained, 0),
            Op::ShrinkTo(target) if stats.retained > before.retained.min(target.into()) => {
                Err(format!("shrunk to {stats:?}"))
            }
            Op::ShrinkTo(target) if before.reserved <= target.into() => {
                same("kept", stats.retained, before.retained)
            }
            _ => Ok(()),
        }
    }
}

fn apply(state: &mut State<'_>, op: &Op) -> Result<(), String> {
    let pool = state.pool;
    let before = pool.stats();
    match *op {
        Op::Get(count) | Op::GetOwned(count) => {
            for _ in 0..count {
                let misses = pool.stats().misses;
                let retained = pool.stats().retained;
                let made = state.tally.made();
                state.taken += 1;
                let written = format!("number {}", state.taken);
                let mut live = if matches!(op, Op::Get(_)) {
                    Live::Borrowed(pool.try_get().map_err(|error| error.to_string())?, written.clone())
                } else {
                    Live::Owned(pool.get_owned(), written.clone())
                };
                // All is on one thread, so that an object is made only if none is kept.
                same("made", state.tally.made() - made, usize::from(retained == 0))?;
                same("misses", pool.stats().misses - misses, u64::from(retained == 0))?;
                same("contents", live.object().text.as_str(), "")?;
                match &mut live {
                    Live::Borrowed(object, _) => object.text = written,
                    Live::Owned(object, _) => object.text = written,
                }
                state.live.push(live);
            }
        }
        Op::IntoOwned(number) => {
            if let Some(place) = state.pick(number) {
                let changed = match state.live.swap_remove(place) {
                    Live::Borrowed(object, written) => Live::Owned(PooledObject::into_owned(object), written),
                    owned @ Live::Owned(..) => owned,
                };
                state.live.push(changed);
            }
        }
        Op::Drop(number) => {
            if let Some(place) = state.pick(number) {
                let live = state.live.swap_remove(place);
                state.give_back(live);
            }
        }
        Op::DropAll => {
            for live in std::mem::take(&mut state.live) {
                state.give_back(live);
            }
        }
        Op::DropElsewhere(number) => {
            if let Some(place) = state.pick(number) {
                let live = state.live.swap_remove(place);
                state.returned += 1;
                // The thread ends before the next operation, so that what it kept is for all.
                std::thread::scope(|scope| scope.spawn(|| drop(live)).join().map_err(|_| "it panicked"))?;
            }
        }
        Op::Detach(number) => {
            if let Some(place) = state.pick(number) {
                let object = state.live.swap_remove(place).detach();
                state.detached.push(object);
            }
        }
        Op::Trim | Op::ShrinkTo(_) => {
            let dropped =
                if let Op::ShrinkTo(target) = *op { pool.shrink_to(target.into()) } else { pool.trim() };
            same("retained", pool.stats().retained + dropped, before.retained)?;
        }
        Op::Prefill(count) => {
            let kept = pool.prefill(count.into());
            same("prefilled", pool.stats().retained, before.retained + kept)?;
            let room = pool.max_retained() - before.reserved;
            if kept > usize::from(count).min(room) {
                return Err(format!("prefilled {kept} of {count}, with room for {room}"));
            }
        }
    }
    state.check(&before, op)
}

#[test]
fn object_pool_model() {
    fn property(ops: Vec<Op>, most: u8, thread_cache: u8, in_arena: bool) -> TestResult {
        let tally = Tally::new();
        let mut builder = tally.builder().thread_cache((thread_cache % 16).into());
        if !most.is_multiple_of(4) {
            builder = builder.max_retained((most % 64).into());
        }
        if in_arena {
            builder = builder.arena(Arc::new(Arena::with_block_size(1024)));
        }
        let pool = builder.build();
        let state = State {
            tally: Arc::clone(&tally),
            pool: &pool,
            live: Vec::new(),
            detached: Vec::new(),
            taken: 0,
            returned: 0,
        };
        let result = run_model_then(state, &ops, apply, |state| {
            drop(state.live);
            let kept = state.pool.stats().retained;
            same("alive at the end", state.tally.alive(), kept + state.detached.len())
        });
        if result.is_failure() {
            return result;
        }
        drop(pool);
        match same("made and never dropped", tally.alive(), 0) {
            Ok(()) => result,
            Err(problem) => TestResult::error(problem),
        }
    }
    check("buffer-pool", "object_pool_model", property as fn(Vec<Op>, u8, u8, bool) -> TestResult);
}
