//! The maps that are compared, from keys to `u64`, behind a few small traits.
//!
//! A thread does all it does to a map through a [handle](Map::Handle): for most maps that is a reference, for
//! some what makes reading cheaper: a cache, a guard, or a reader. Where there is a choice of methods for the
//! same thing, the fastest is taken.

mod epochs;
mod flow;
mod flow_read;
mod keys;
mod locks;
pub mod measure;
mod versions;
pub mod workload;

pub use epochs::{Papaya, PapayaPinned, SccIndex};
pub use flow::FlowConcurrentMap;
pub use flow_read::{FlowReadMap, FlowReader, FlowSnapshot};
pub use keys::Key;
pub use locks::{Dash, Dash64, DashSipHash, Hashbrown, HashbrownAlone, RwLockMap, Scc};
pub use versions::{ArcSwapCache, ArcSwapLoad, Evmap, ImblCache, ImblLoad, RpdsCache, RpdsLoad, Versions};

/// A map that threads share.
pub trait Map<K: Key>: Send + Sync + Sized + 'static {
    /// What a thread has in hand while it uses the map.
    type Handle<'a>: Read<K>;

    /// An empty one, with no capacity asked for.
    #[must_use]
    fn new() -> Self;

    /// Inserts them one by one, as far as that goes.
    fn fill(&mut self, entries: impl IntoIterator<Item = (K, u64)>);

    /// One more handle.
    fn handle(&self) -> Self::Handle<'_>;
}

/// Reading.
pub trait Read<K: Key> {
    /// A copy of the value at `key`.
    fn get(&mut self, key: &K::Asked) -> Option<u64>;
}

/// Writing one by one.
pub trait Write<K: Key>: Read<K> {
    /// Adds an entry, whose key is mostly new.
    fn insert(&mut self, key: K, value: u64);

    /// Changes the value at a key that is mostly there; it is added if not.
    fn set(&mut self, key: &K::Asked, value: u64);

    /// Takes an entry out, and says whether there was one.
    fn remove(&mut self, key: &K::Asked) -> bool;

    /// Changes the values at all these keys, at once if the map can.
    fn set_all(&mut self, keys: &[&K::Asked], value: u64) {
        for &key in keys {
            self.set(key, value);
        }
    }
}

/// Going through all of it.
pub trait Visit<K: Key>: Read<K> {
    /// The sum of all values.
    fn sum(&mut self) -> u64;
}

/// The whole map at once.
pub trait Shot<K: Key>: Map<K> {
    /// What does not change with the map.
    type Shot;

    /// The map as it is now.
    fn shot(&self) -> Self::Shot;
}

/// Fewer words for a map whose handle can write.
pub trait Writable<K: Key>: for<'a> Map<K, Handle<'a>: Write<K>> {}

impl<K: Key, M: for<'a> Map<K, Handle<'a>: Write<K>>> Writable<K> for M {}
