//! Two threads that use two maps inside each other, in opposite order, with a third one that writes to both all the
//! time: what would be a deadlock of two locks. Every nesting that is allowed, many times.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use flow_concurrent::{ConcurrentMap, Map, ReadMap};
use flow_testkit::{on_threads, within};

use crate::{
    LIMIT,
    chaos::{Finally, Random},
    ignore,
};

const ROUNDS: u32 = if cfg!(flow_sanitize) { 300 } else { 20_000 };
/// So few that the threads meet.
const KEYS: u32 = 4;

/// Two maps of each kind; the second thread sees them in opposite order.
struct Maps {
    mixed: [ConcurrentMap<u32, u32>; 2],
    read: [ReadMap<u32, u32>; 2],
}

/// One side of it.
struct Side<'m> {
    mixed: [&'m ConcurrentMap<u32, u32>; 2],
    read: [&'m ReadMap<u32, u32>; 2],
}

/// Runs both sides, and writers beside them.
fn opposite(work: fn(&Side<'_>, u32)) {
    within(LIMIT, move || {
        // Few shards, so that nearly all keys share one.
        let maps = Maps {
            mixed: [(), ()].map(|()| ConcurrentMap::builder().shards(2).build()),
            read: [(), ()].map(|()| ReadMap::new()),
        };
        let running = AtomicUsize::new(2);
        let counts = on_threads(3, |thread| {
            let mut random = Random::new(thread as u64);
            let mut count = 0;
            if thread < 2 {
                let (first, second) = (thread, 1 - thread);
                let side = Side {
                    mixed: [&maps.mixed[first], &maps.mixed[second]],
                    read: [&maps.read[first], &maps.read[second]],
                };
                let _done = Finally(|| ignore(running.fetch_sub(1, SeqCst)));
                for _ in 0..ROUNDS {
                    work(&side, random.below(KEYS));
                    count += 1;
                }
            } else {
                // Writers that wait are what a reader of a fair lock would wait for.
                while running.load(SeqCst) > 0 || count == 0 {
                    let (which, key) = (random.below(2) as usize, random.below(KEYS));
                    ignore((maps.mixed[which].insert(key, 0), maps.read[which].insert(key, 0)));
                    if random.below(64) == 0 {
                        maps.mixed[which].clear();
                        maps.mixed[which].reserve(10);
                        maps.mixed[which].shrink_to_fit();
                        maps.read[which].clear();
                    }
                    count += 1;
                }
            }
            count
        });
        assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
        maps.mixed.iter().for_each(check);
        maps.read.iter().for_each(check);
    });
}

fn check<M: Map<u32, u32>>(map: &M) {
    assert_eq!(map.len(), map.keys().into_iter().collect::<BTreeSet<_>>().len());
    map.clear();
    assert!(map.is_empty());
}

macro_rules! nestings {
    ($($test:ident |$mixed:pat_param, $read:pat_param, $key:ident| $work:block)*) => {
        $(
            #[test]
            fn $test() {
                opposite(|Side { mixed: $mixed, read: $read }, $key| $work);
            }
        )*
    };
}

nestings! {
    with_in_with |[a, b], _, key| {
        ignore(a.with(&key, |_| b.with(&key, |_| a.with(&(key ^ 1), |_| b.len()))));
    }

    get_in_with |[a, b], _, key| {
        ignore(a.with(&key, |_| (b.get(&key), b.contains_key(&(key ^ 1)), a.get(&key), a.contains_key(&(key ^ 1)))));
    }

    snapshot_in_with |[a, b], _, key| {
        ignore(a.with(&key, |_| (b.snapshot(), a.snapshot())));
    }

    iteration_in_with |[a, b], _, key| {
        ignore(a.with(&key, |_| {
            b.for_each(|key, _| ignore(a.get(key)));
            (b.keys(), b.items(), b.iter().count(), a.values(), b.stats(), format!("{b:?}"), a == b)
        }));
    }

    read_maps_in_with |[a, b], [c, d], key| {
        ignore(a.with(&key, |_| (c.get(&key), d.snapshot(), d.reader().get(&key).copied(), b.get(&key))));
    }

    read_maps_in_update |[a, b], [c, d], key| {
        ignore(a.update(&key, |value| {
            *value = c.get(&key).unwrap_or_default();
            (d.snapshot().len(), d.reader().get(&key).copied(), c.with(&key, |_| d.items()), b.len())
        }));
        b.upsert(key, || d.get(&key).unwrap_or_default(), |value| *value = u32::try_from(c.len()).expect("few"));
        ignore(b.remove_if(&key, |key, _| d.contains_key(key)));
    }

    concurrent_maps_in_a_batch |[a, b], [c, d], key| {
        c.update(|next| {
            ignore((a.insert(key, 1), b.insert(key, 1)));
            ignore(b.update(&key, |value| *value += d.get(&key).unwrap_or_default() % 10));
            ignore(next.insert(key, a.get(&key).unwrap_or_default()));
            a.retain(|other, _| *other != key);
            ignore((a.snapshot(), b.remove(&key), d.snapshot()));
            ignore(b.with(&key, |_| a.with(&key, |_| d.get(&key))));
        });
    }

    writes_in_for_each |[a, b], _, key| {
        ignore(a.insert(key, 1));
        a.for_each(|key, value| ignore(b.insert(*key, *value)));
        for (key, _) in *b {
            ignore(a.remove(&key));
        }
        a.iter().for_each(|(key, _)| b.upsert(key, || 1, |value| *value = 2));
    }

    writes_in_retain |[a, b], _, key| {
        ignore(a.insert(key, 1));
        a.retain(|key, _| b.insert(*key, 1).is_none());
        b.retain(|other, _| a.remove(other).is_some() || *other == key);
    }

    writes_to_read_maps_in_for_each |[a, _b], [c, d], key| {
        c.for_each(|key, value| ignore(d.insert(*key, *value)));
        for (key, _) in &d.snapshot() {
            ignore(c.remove(key));
        }
        a.for_each(|key, _| ignore(c.insert(*key, 1)));
        a.retain(|other, _| d.insert(*other, 1).is_none());
        c.with(&key, |value| d.insert(key, *value));
    }

    get_or_insert_in_get_or_insert |[a, b], [c, d], key| {
        ignore(a.remove(&key));
        ignore(a.get_or_insert_with(key, || b.get_or_insert_with(key, || a.get_or_insert_with(key ^ 1, || 1))));
        ignore(c.remove(&key));
        ignore(c.get_or_insert_with(key, || d.get_or_insert_with(key, || a.get_or_insert_with(key, || 1))));
    }

    comparisons_and_copies |[a, b], [c, d], _key| {
        ignore((a == b, c == d, (*a).clone(), (*d).clone()));
    }
}

/// Its destructor writes to the other map, in which others of its kind are.
struct Linked {
    key: u32,
    to: usize,
    more: u32,
}

static LINKED: LazyLock<[ConcurrentMap<u32, Arc<Linked>>; 2]> =
    LazyLock::new(|| [(), ()].map(|()| ConcurrentMap::builder().shards(2).build()));
static LINKED_READ: LazyLock<[ReadMap<u32, Arc<Linked>>; 2]> =
    LazyLock::new(|| [(), ()].map(|()| ReadMap::new()));

impl Drop for Linked {
    fn drop(&mut self) {
        if let Some(more) = self.more.checked_sub(1) {
            let value = |to| Arc::new(Self { key: self.key, to, more });
            ignore(LINKED[self.to].insert(self.key, value(1 - self.to)));
            ignore(LINKED_READ[1 - self.to].insert(self.key, value(self.to)));
        }
    }
}

#[test]
fn destructors_that_write_to_the_other_map() {
    within(LIMIT, || {
        let busy = AtomicBool::new(true);
        on_threads(3, |thread| {
            let mut random = Random::new(thread as u64);
            for _ in 0..ROUNDS / 20 {
                let key = random.below(KEYS);
                let value = || Arc::new(Linked { key, to: 1 - thread % 2, more: 2 });
                match random.below(6) {
                    0 | 1 => ignore(LINKED[thread % 2].insert(key, value())),
                    2 | 3 => ignore(LINKED_READ[thread % 2].insert(key, value())),
                    4 => LINKED[thread % 2].retain(|other, _| *other != key),
                    _ => LINKED_READ[thread % 2].retain(|other, _| *other != key),
                }
            }
            busy.store(false, SeqCst);
        });
        let empty =
            || LINKED.iter().all(|map| map.is_empty()) && LINKED_READ.iter().all(|map| map.is_empty());
        for _ in 0..100 {
            LINKED.iter().for_each(|map| map.clear());
            LINKED_READ.iter().for_each(|map| {
                map.clear();
                map.reclaim();
            });
        }
        assert!(empty() && !busy.load(SeqCst));
    });
}
