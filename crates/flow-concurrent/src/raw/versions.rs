//! Versions of a structure of which successive ones share nodes: which is the newest, who uses which, and which nodes
//! nobody reaches any more.
//!
//! There is one writer at a time. Readers take no lock, and never free anything but their own reference: the list of
//! the writers keeps each version until nobody else does.
//!
//! A node is in the versions from the one it was born in until the last before it was replaced, so it may be freed
//! once none of those is in use. When version `n + 1` replaces nodes of version `n`, they become the garbage of `n`:
//! nodes that `n` reaches, perhaps versions before it, and none after it. When nobody uses `n` any more, those that
//! are younger than the next older version in use are free; the others become the garbage of that one. These are the
//! dead lists of ZFS's snapshots (Ahrens, "How ZFS snapshots really work", 2008).
//!
//! So a version that somebody keeps for a year keeps its own nodes, and nothing of all that was written meanwhile.

use crate::{
    held,
    sync::{Arc, AtomicU64, Guard, Mutex, MutexGuard, Ordering, Published, lock},
};

#[cfg(all(test, flow_loom))]
mod loom_versions;

/// How many of the older versions a write looks at, besides the one that it replaces: it takes no longer because
/// somebody keeps thousands.
const LOOKS: usize = 8;

/// A node that was replaced.
pub(crate) trait Born {
    /// The number of the first version that reaches it.
    fn birth(&self) -> u64;
}

/// One version: a number, which counts up, and what it is.
#[derive(Debug)]
pub(crate) struct Version<T> {
    pub(crate) number: u64,
    pub(crate) content: T,
}

/// All versions that are in use.
#[derive(Debug)]
pub(crate) struct Versions<T, G> {
    newest: Published<Version<T>>,
    /// The number of the newest version, or of the one that is being published: see [`refresh`](Self::refresh).
    number: AtomicU64,
    history: Mutex<History<T, G>>,
}

/// What only the writer sees.
#[derive(Debug)]
struct History<T, G> {
    /// From the oldest to the newest, which is the one that is published, and has no garbage.
    live: Vec<Live<T, G>>,
    /// Which of them to look at next.
    next: usize,
}

#[derive(Debug)]
struct Live<T, G> {
    version: Arc<Version<T>>,
    /// Nodes that this version reaches and the next one in the list does not.
    garbage: Vec<G>,
}

impl<T, G: Born> Versions<T, G> {
    pub(crate) fn new(content: T) -> Self {
        let version = Arc::new(Version { number: 0, content });
        let live = vec![Live { version: Arc::clone(&version), garbage: Vec::new() }];
        Self {
            newest: Published::new(version),
            number: AtomicU64::new(0),
            history: Mutex::new(History { live, next: 0 }),
        }
    }

    /// The newest version, for a moment.
    #[inline]
    pub(crate) fn load(&self) -> Guard<Version<T>> {
        self.newest.load()
    }

    /// The newest version, as long as one likes.
    pub(crate) fn load_full(&self) -> Arc<Version<T>> {
        self.newest.load_full()
    }

    /// Exchanges `version` for the newest one, unless it is that.
    #[inline]
    pub(crate) fn refresh(&self, version: &mut Arc<Version<T>>) {
        // Relaxed: the number is written before the version is published, so whoever has seen a version, by a load of
        // it or because it happened before, sees its number or a later one, and looks. Who sees a number whose
        // version is still to come gets the one before again, and looks the next time too.
        if self.number.load(Ordering::Relaxed) != version.number {
            self.exchange(version);
        }
    }

    #[cold]
    #[inline(never)]
    fn exchange(&self, version: &mut Arc<Version<T>>) {
        *version = self.load_full();
    }

    /// Becomes the writer; waits until there is no other.
    ///
    /// # Panics
    ///
    /// Panics if this thread could wait for itself.
    #[track_caller]
    pub(crate) fn lock(&self) -> Writer<'_, T, G> {
        let held = held::Publishing::enter();
        Writer { versions: self, history: lock(&self.history), _held: held }
    }

    /// The newest version, and all the garbage there is. Nothing else is in use.
    pub(crate) fn take(&mut self) -> (Arc<Version<T>>, Vec<G>) {
        let mut history = lock(&self.history);
        let garbage = history.live.iter_mut().flat_map(|live| live.garbage.drain(..)).collect();
        (self.load_full(), garbage)
    }
}

/// The right to publish a version.
pub(crate) struct Writer<'a, T, G> {
    versions: &'a Versions<T, G>,
    history: MutexGuard<'a, History<T, G>>,
    /// Ends after the lock.
    _held: held::Publishing,
}

impl<T, G: Born> Writer<'_, T, G> {
    /// The version that is published.
    pub(crate) fn newest(&self) -> &Version<T> {
        &self.history.newest().version
    }

    /// The versions that are in use, with the newest, and the nodes that only older ones reach.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let live = &self.history.live;
        (live.len(), live.iter().map(|live| live.garbage.len()).sum())
    }

    /// Publishes `content` as the next version, which does not reach the nodes `replaced`.
    ///
    /// The result is nodes that nobody reaches any more, perhaps of versions before: they are the caller's.
    #[must_use = "they are to be freed"]
    pub(crate) fn publish(mut self, content: T, replaced: Vec<G>) -> Vec<G> {
        let number = self.newest().number + 1;
        let version = Arc::new(Version { number, content });
        let history = &mut *self.history;
        history.live.reserve(1);
        // From here on nothing unwinds. Relaxed: the swap publishes it too.
        self.versions.number.store(number, Ordering::Relaxed);
        drop(self.versions.newest.swap(Arc::clone(&version)));
        if let Some(newest) = history.live.last_mut() {
            newest.garbage = replaced;
        }
        history.live.push(Live { version, garbage: Vec::new() });
        history.sweep(LOOKS)
    }

    /// Nodes that nobody reaches any more: they are the caller's.
    #[must_use = "they are to be freed"]
    pub(crate) fn reclaim(mut self) -> Vec<G> {
        self.history.sweep(usize::MAX)
    }
}

impl<T, G: Born> History<T, G> {
    fn newest(&self) -> &Live<T, G> {
        self.live.last().expect("there is always a newest version")
    }

    /// Forgets versions that are not in use any more: looks at the one before the newest, and at most `looks` others.
    fn sweep(&mut self, looks: usize) -> Vec<G> {
        let mut dead = Vec::new();
        let replaced = self.live.len().saturating_sub(2);
        if self.live.len() > 1 {
            self.forget_unused(replaced, &mut dead);
        }
        // From newer to older, as garbage moves. As often as there are older ones left, the one above included: it may be
        // in the round, and `reclaim` is to miss none.
        for _ in 0..looks.min(self.live.len() - 1) {
            let newest = self.live.len() - 1;
            if newest == 0 {
                break;
            }
            self.next = if self.next == 0 { newest - 1 } else { (self.next - 1).min(newest - 1) };
            self.forget_unused(self.next, &mut dead);
        }
        dead
    }

    fn forget_unused(&mut self, index: usize, dead: &mut Vec<G>) {
        // Nobody gets a version from here but while it is the newest. So who alone has an older one stays alone; and
        // `get_mut` synchronizes with those who have dropped theirs: what they read happened before.
        if Arc::get_mut(&mut self.live[index].version).is_none() {
            return;
        }
        let unused = self.live.remove(index);
        let older = index.checked_sub(1).map(|index| &mut self.live[index]);
        match older {
            None => dead.extend(unused.garbage),
            Some(older) => {
                let number = older.version.number;
                let (free, kept): (Vec<G>, Vec<G>) =
                    unused.garbage.into_iter().partition(|node| node.birth() > number);
                older.garbage.extend(kept);
                dead.extend(free);
            }
        }
    }
}
