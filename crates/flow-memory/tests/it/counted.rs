//! Objects that count what happens to them, and panic where a test asks for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use flow_memory::{ObjectPool, ObjectPoolBuilder, Recycle};

/// The time for a test that would hang if it failed: far more than it takes.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// What happened to all objects of a pool.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    made: AtomicUsize,
    recycled: AtomicUsize,
    dropped: AtomicUsize,
    /// Which making, recycling or dropping panics, counted from 1; none if 0.
    make_panics: AtomicUsize,
    recycle_panics: AtomicUsize,
    drop_panics: AtomicUsize,
}

impl Tally {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// How many objects were made.
    pub(crate) fn made(&self) -> usize {
        self.made.load(SeqCst)
    }

    /// How often objects were recycled.
    pub(crate) fn recycled(&self) -> usize {
        self.recycled.load(SeqCst)
    }

    /// How many objects were dropped.
    pub(crate) fn dropped(&self) -> usize {
        self.dropped.load(SeqCst)
    }

    /// How many objects there are.
    pub(crate) fn alive(&self) -> usize {
        self.made() - self.dropped()
    }

    /// Has the `next`-th making from now panic.
    pub(crate) fn panic_in_make(&self, next: usize) {
        self.make_panics.store(next, SeqCst);
    }

    /// Has the `next`-th recycling from now panic.
    pub(crate) fn panic_in_recycle(&self, next: usize) {
        self.recycle_panics.store(next, SeqCst);
    }

    /// Has the `next`-th drop from now panic.
    pub(crate) fn panic_in_drop(&self, next: usize) {
        self.drop_panics.store(next, SeqCst);
    }

    /// An object, which counts as made.
    pub(crate) fn make(self: &Arc<Self>) -> Counted {
        strike(&self.make_panics, "make");
        let id = self.made.fetch_add(1, SeqCst);
        Counted { id, text: String::new(), gone: Box::new(AtomicBool::new(false)), tally: Arc::clone(self) }
    }

    /// Configures a pool of such objects.
    pub(crate) fn builder(self: &Arc<Self>) -> ObjectPoolBuilder<Counted> {
        let tally = Arc::clone(self);
        ObjectPool::builder(move || tally.make())
    }

    /// A pool of such objects.
    pub(crate) fn pool(self: &Arc<Self>) -> ObjectPool<Counted> {
        self.builder().build()
    }
}

/// Counts down to the one that panics, and panics then.
fn strike(countdown: &AtomicUsize, what: &str) {
    let before = countdown.try_update(SeqCst, SeqCst, |left| left.checked_sub(1));
    let panics = before == Ok(1) && !thread::panicking();
    assert!(!panics, "{what} panics");
}

/// An object that is counted.
#[derive(Debug)]
pub(crate) struct Counted {
    /// A number of its own.
    pub(crate) id: usize,
    /// What the user does with it.
    pub(crate) text: String,
    /// Whether it was dropped: on the heap, so that a second drop is one of freed memory, too.
    gone: Box<AtomicBool>,
    tally: Arc<Tally>,
}

impl Recycle for Counted {
    fn recycle(&mut self) {
        assert!(!self.gone.load(SeqCst), "object {} is recycled after its drop", self.id);
        self.tally.recycled.fetch_add(1, SeqCst);
        strike(&self.tally.recycle_panics, "recycle");
        self.text.clear();
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        assert!(!self.gone.swap(true, SeqCst), "object {} is dropped twice", self.id);
        self.tally.dropped.fetch_add(1, SeqCst);
        strike(&self.tally.drop_panics, "drop");
    }
}

/// The message of a panic.
pub(crate) fn message<T>(caught: thread::Result<T>) -> String {
    match caught {
        Ok(_) => panic!("there was no panic"),
        Err(panic) => match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => panic.downcast_ref::<&str>().expect("a panic with a text").to_string(),
        },
    }
}
