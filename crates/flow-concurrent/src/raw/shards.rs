//! One stage of a map: the shards of a `DashMap`, with what dashmap has no place for beside them.
//!
//! The invariant: in a stage that is current, the count of a shard is the length of its table whenever the lock is
//! free, whatever panicked under it.

use std::{
    borrow::Borrow,
    hash::{BuildHasher, DefaultHasher, Hash},
    mem,
};

use dashmap::{DashMap, RwLockReadGuard, RwLockWriteGuard, SharedValue};

use super::{
    changes::{Changes, Moment},
    stages::Stage,
    table::{Entry, Table, allocate, capacity_overflow, entries, grow, is_full, put, shrink},
};
use crate::sync::{AtomicUsize, Ordering};

/// The hasher of the `DashMap`, which is never asked: the maps hash for themselves, once for each operation.
#[derive(Clone)]
struct Unhashed;

impl BuildHasher for Unhashed {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        unreachable!("nothing that hashes is called")
    }
}

pub(crate) struct Shards<K, V> {
    map: DashMap<K, V, Unhashed>,
    /// How many entries each shard has. Written only by who has the shard for itself, and read without its lock.
    lens: Box<[AtomicUsize]>,
    /// Kept while somebody [watches](super::stages::Stages::watchers).
    changes: Changes,
}

impl<K: Hash + Eq, V> Shards<K, V> {
    /// `shards` empty shards, a power of two and at least 2, with room for `capacity` entries in all.
    ///
    /// # Panics
    ///
    /// Panics if no address space could hold them. Aborts if there is no memory.
    pub(crate) fn new(shards: usize, capacity: usize) -> Self {
        let mut map = DashMap::with_capacity_and_hasher_and_shard_amount(0, Unhashed, shards);
        if capacity > 0 {
            let capacity = share::<K, V>(capacity, shards);
            map.shards_mut().iter_mut().for_each(|shard| *shard.get_mut() = allocate(capacity));
        }
        Self { map, lens: (0..shards).map(|_| AtomicUsize::new(0)).collect(), changes: Changes::new() }
    }

    /// `shards` shards with all entries of `old`, which are left empty. Their counts stay: whoever adds them up
    /// meanwhile must not miss entries that are in the new shards.
    ///
    /// # Panics
    ///
    /// Panics if `hash` does. Then nothing has changed.
    pub(crate) fn from_old(shards: usize, old: &mut [Locked<'_, K, V>], hash: impl Fn(&K) -> u64) -> Self {
        let hashes: Vec<u64> =
            old.iter().flat_map(|shard| entries(&shard.table)).map(|(key, _)| hash(key)).collect();
        let mut new = Self::new(shards, 0);
        let mut lens = vec![0; shards];
        for &hash in &hashes {
            lens[new.shard_of(hash)] += 1;
        }
        for (shard, &len) in lens.iter().enumerate() {
            *new.table(shard) = allocate(len);
            new.lens[shard] = AtomicUsize::new(len);
        }
        let mut hashes = hashes.into_iter();
        for shard in old {
            for entry in mem::take(&mut *shard.table) {
                let Some(hash) = hashes.next() else { unreachable!("as many as there are entries") };
                let index = new.shard_of(hash);
                put(new.table(index), hash, entry);
            }
        }
        new
    }

    /// The table of a shard of a map that nobody else has.
    fn table(&mut self, shard: usize) -> &mut Table<K, V> {
        self.map.shards_mut()[shard].get_mut()
    }

    pub(crate) fn into_tables(mut self) -> Vec<Table<K, V>> {
        self.map.shards_mut().iter_mut().map(|shard| mem::take(shard.get_mut())).collect()
    }

    /// How many entries there are, without any lock: exact if nobody writes.
    pub(crate) fn len(&self) -> usize {
        // Relaxed: each is a number that was right at some moment, and more is not promised. What the caller itself,
        // or what happened before, has written is seen in any case.
        self.lens.iter().map(|len| len.load(Ordering::Relaxed)).sum()
    }

    /// The memory of the shards without that of their tables, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.map.shards()) + size_of_val(&*self.lens) + self.changes.bytes()
    }
}

/// The part of one shard of room for `capacity` entries: somewhat more than an even one, since keys spread by chance.
/// Two standard deviations, so that few shards outgrow it.
///
/// # Panics
///
/// Panics if no address space could hold all parts.
pub(crate) fn share<K, V>(capacity: usize, shards: usize) -> usize {
    if capacity > isize::MAX.unsigned_abs() / size_of::<Entry<K, V>>().max(1) {
        capacity_overflow();
    }
    let even = capacity.div_ceil(shards);
    even + 2 * even.isqrt()
}

impl<K: Hash + Eq, V> Stage for Shards<K, V> {
    type Read<'a>
        = Read<'a, K, V>
    where
        Self: 'a;
    type Write<'a>
        = Locked<'a, K, V>
    where
        Self: 'a;

    #[inline]
    fn shards(&self) -> usize {
        self.map.shards().len()
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "hashbrown takes its bits from the same part")]
    fn shard_of(&self, hash: u64) -> usize {
        self.map.determine_shard(hash as usize)
    }

    #[inline]
    fn read(&self, shard: usize) -> Read<'_, K, V> {
        Read { table: self.map.shards()[shard].read(), shards: self, shard }
    }

    #[inline]
    fn write(&self, shard: usize) -> Locked<'_, K, V> {
        Locked { table: self.map.shards()[shard].write(), shards: self, shard }
    }

    #[inline]
    fn try_write(&self, shard: usize) -> Option<Locked<'_, K, V>> {
        self.map.shards()[shard].try_write().map(|table| Locked { table, shards: self, shard })
    }
}

/// A shard that others may read meanwhile.
pub(crate) struct Read<'a, K, V> {
    table: RwLockReadGuard<'a, Table<K, V>>,
    shards: &'a Shards<K, V>,
    shard: usize,
}

impl<'a, K, V> Read<'a, K, V> {
    #[inline]
    pub(crate) fn get<Q>(&self, hash: u64, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.table.get(hash, |(present, _)| present.borrow() == key).map(|(key, value)| (key, value.get()))
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&K, &V)> {
        entries(&self.table)
    }

    /// Adds copies of all entries to `copies`.
    pub(crate) fn copy_to(&self, copies: &mut Copies<K, V>)
    where
        K: Clone,
        V: Clone,
    {
        copies.entries.reserve(self.table.len());
        self.entries().for_each(|entry| copies.push(entry));
    }

    pub(crate) fn raw(&self) -> &Table<K, V> {
        &self.table
    }

    /// From now on, changes of the shard are kept, if the caller [watches](super::stages::Stages::watchers).
    pub(crate) fn note(&self) -> Note<'a, K, V> {
        let moment = self.shards.changes.begin(self.shards.lens.len(), self.shard);
        Note { shards: self.shards, shard: self.shard, moment }
    }
}

/// Copies of entries. Declared before the lock under which they are made, so that they are dropped after it when
/// `Clone` panics: even the key of the entry whose value could not be cloned.
pub(crate) struct Copies<K, V> {
    key: Option<K>,
    pub(crate) entries: Vec<(K, V)>,
}

impl<K: Clone, V: Clone> Copies<K, V> {
    pub(crate) fn new() -> Self {
        Self { key: None, entries: Vec::new() }
    }

    pub(crate) fn push(&mut self, (key, value): (&K, &V)) {
        self.key = Some(key.clone());
        let value = value.clone();
        self.entries.extend(self.key.take().map(|key| (key, value)));
    }
}

/// From when on changes of a shard matter to somebody, who watches all the time.
pub(crate) struct Note<'a, K, V> {
    pub(crate) shards: &'a Shards<K, V>,
    pub(crate) shard: usize,
    moment: Moment,
}

impl<K, V> Note<'_, K, V> {
    /// Splits entries of the shard, which have their hashes with them, into those that have not changed since the note,
    /// and those that may have. The caller has the shard for itself.
    pub(crate) fn split<Q>(&self, entries: Vec<(u64, Q)>) -> [Vec<(u64, Q)>; 2] {
        self.shards.changes.split(self.shard, self.moment, entries)
    }
}

/// The lock of a shard that nobody else sees, and no more.
pub(crate) struct Locked<'a, K, V> {
    table: RwLockWriteGuard<'a, Table<K, V>>,
    shards: &'a Shards<K, V>,
    shard: usize,
}

/// A shard that nobody else sees.
///
/// It has no destructor of its own: that would keep all of this in memory while the lock is held, in case of a panic,
/// and set was a quarter slower for it. So the count follows at once where the table changes.
pub(crate) struct Write<'a, K, V> {
    locked: Locked<'a, K, V>,
    watchers: &'a AtomicUsize,
}

impl<'a, K, V> Write<'a, K, V> {
    #[inline]
    pub(crate) fn new(locked: Locked<'a, K, V>, watchers: &'a AtomicUsize) -> Self {
        Self { locked, watchers }
    }

    #[inline]
    fn table(&self) -> &Table<K, V> {
        &self.locked.table
    }

    /// There are more entries or fewer. To be called before anything may panic.
    #[inline]
    fn recount(&self) {
        // Relaxed: see `Shards::len`.
        self.locked.shards.lens[self.locked.shard].store(self.table().len(), Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn contains<Q>(&self, hash: u64, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        self.table().get(hash, |(present, _)| present.borrow() == key).is_some()
    }

    /// The value at `key`, which counts as changed.
    #[inline]
    pub(crate) fn get_mut<Q>(&mut self, hash: u64, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let Locked { table, shards, shard } = &mut self.locked;
        let (_, value) = table.get_mut(hash, |(present, _)| present.borrow() == key)?;
        note_change(self.watchers, &shards.changes, *shard, hash);
        Some(value.get_mut())
    }

    /// Makes room for one more entry.
    ///
    /// # Panics
    ///
    /// Panics if `hash` does, or if no address space could hold the table. Then nothing has changed.
    #[inline]
    pub(crate) fn make_room(&mut self, hash: impl Fn(&K) -> u64) {
        if is_full(self.table()) {
            grow(&mut self.locked.table, 1, hash);
        }
    }

    /// Adds an entry whose key is not there. There must be [room](Self::make_room): nothing may panic that owns what
    /// would then be dropped under the lock.
    #[inline]
    pub(crate) fn put(&mut self, hash: u64, key: K, value: V) {
        note_change(self.watchers, &self.locked.shards.changes, self.locked.shard, hash);
        put(&mut self.locked.table, hash, (key, SharedValue::new(value)));
        self.recount();
    }

    /// Takes the entry at `key` out, if it `matches`.
    #[inline]
    pub(crate) fn remove_if<Q>(
        &mut self,
        hash: u64,
        key: &Q,
        mut matches: impl FnMut(&K, &V) -> bool,
    ) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Eq + ?Sized,
    {
        let (key, value) = self.locked.table.remove_entry(hash, |(present, value)| {
            present.borrow() == key && matches(present, value.get())
        })?;
        self.recount();
        Some((key, value.into_inner()))
    }

    /// Empties the shard and returns what is to be dropped after unlocking.
    pub(crate) fn clear(&mut self) -> Option<Table<K, V>> {
        if self.table().is_empty() {
            return None;
        }
        let taken = if mem::needs_drop::<(K, V)>() {
            Some(mem::take(&mut *self.locked.table))
        } else {
            self.locked.table.clear_no_drop();
            None
        };
        self.recount();
        taken
    }

    /// Gives the shard an empty table, if it has no memory of its own. Returns the one that is of no use.
    pub(crate) fn put_back(&mut self, mut table: Table<K, V>) -> Table<K, V> {
        if self.table().capacity() == 0 {
            mem::swap(&mut *self.locked.table, &mut table);
        }
        table
    }

    /// Makes room for `additional` more entries. Panics as [`make_room`](Self::make_room) does.
    pub(crate) fn reserve(&mut self, additional: usize, hash: impl Fn(&K) -> u64) {
        if self.table().capacity() - self.table().len() < additional {
            grow(&mut self.locked.table, additional, hash);
        }
    }

    /// Gives memory back that the entries do not need. Panics if `hash` does: then nothing has changed.
    pub(crate) fn shrink(&mut self, hash: impl Fn(&K) -> u64) {
        shrink(&mut self.locked.table, hash);
    }
}

/// Tells who watches that an entry is, or is going to be, another than before. That one goes need not be told: it is not
/// taken out again, and when it comes back it is put.
#[inline]
fn note_change(watchers: &AtomicUsize, changes: &Changes, shard: usize, hash: u64) {
    // Relaxed: who watches has said so before it took the lock of this shard, and that before this thread.
    if watchers.load(Ordering::Relaxed) != 0 {
        changes.add(shard, hash);
    }
}
