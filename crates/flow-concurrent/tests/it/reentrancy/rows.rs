//! The operations that run code of a user: each with the place where it does, and what the thread holds there.

use flow_concurrent::ConcurrentMap;

use super::{Held, Maps, Row};
use crate::hooks::{self, Event, Key, Value, fire};

/// A key that no map has.
const ABSENT: u32 = 600;

/// The operations of `map`, the first map of its kind.
macro_rules! rows {
    ($maps:ident: $($held:ident $event:ident $(after $after:literal)? $name:literal |$map:ident| $call:expr;)*) => {
        vec![$(Row {
            name: $name,
            event: Event::$event,
            after: 0 $(+ $after)?,
            held: Held::$held,
            run: |maps: &Maps| {
                let $map = &maps.$maps[0];
                crate::ignore($call);
            },
        }),*]
    };
}

fn key() -> Key {
    Key::new(0)
}

fn value() -> Value {
    Value::new(0)
}

/// Code of the user, and then a value.
fn closure() -> Value {
    fire(Event::Closure);
    value()
}

/// Entries from an iterator of the user.
fn entries() -> impl Iterator<Item = (Key, Value)> {
    (ABSENT..ABSENT + 3).map(|number| {
        fire(Event::Closure);
        (Key::new(number), Value::new(number))
    })
}

pub(super) fn of_concurrent_map() -> Vec<Row> {
    #[allow(unused_mut, reason = "there is more with a feature")]
    let mut rows = rows! { mixed:
        // Closures.
        Shared Closure "ConcurrentMap::with" |map| map.with(&key(), |_| fire(Event::Closure));
        Shared Closure "ConcurrentMap::scan" |map| map.scan(|_, _| fire(Event::Closure));
        Exclusive Closure "ConcurrentMap::update" |map| map.update(&key(), |_| fire(Event::Closure));
        Exclusive Closure "ConcurrentMap::upsert, absent" |map| map.upsert(Key::new(ABSENT), closure, |_| {});
        Exclusive Closure "ConcurrentMap::upsert, present" |map|
            map.upsert(key(), value, |_| fire(Event::Closure));
        Exclusive Closure "ConcurrentMap::remove_if" |map| map.remove_if(&key(), |_, _| {
            fire(Event::Closure);
            true
        });
        Nothing Closure "ConcurrentMap::get_or_insert_with" |map|
            map.get_or_insert_with(Key::new(ABSENT), closure);
        Nothing Closure "ConcurrentMap::try_get_or_insert_with" |map|
            map.try_get_or_insert_with(Key::new(ABSENT), || Err::<Value, Value>(closure()));
        Nothing Closure "ConcurrentMap::retain, all" |map| map.retain(|_, _| {
            fire(Event::Closure);
            true
        });
        Nothing Closure after 3 "ConcurrentMap::retain, none" |map| map.retain(|_, _| {
            fire(Event::Closure);
            false
        });
        Nothing Closure after 3 "ConcurrentMap::for_each" |map| map.for_each(|_, _| fire(Event::Closure));
        Nothing Closure after 3 "ConcurrentMap::iter" |map| map.iter().for_each(|_| fire(Event::Closure));
        Nothing Closure after 1 "&ConcurrentMap: Extend" |map| {
            let mut map = map;
            map.extend(entries());
        };
        Nothing Closure after 1 "ConcurrentMap: FromIterator" |map| {
            drop(entries().collect::<ConcurrentMap<_, _>>());
            map.len()
        };

        // Clone.
        Shared ValueClone "ConcurrentMap::get" |map| map.get(&key());
        Shared ValueClone "ConcurrentMap::get_or_insert_with, present" |map|
            map.get_or_insert_with(key(), value);
        Nothing ValueClone "ConcurrentMap::get_or_insert_with, absent" |map|
            map.get_or_insert_with(Key::new(ABSENT), value);
        Shared KeyClone "ConcurrentMap::keys" |map| map.keys();
        Shared ValueClone "ConcurrentMap::values" |map| map.values();
        Shared KeyClone after 2 "ConcurrentMap::items" |map| map.items();
        Shared ValueClone after 2 "ConcurrentMap::items" |map| map.items();
        Shared KeyClone "ConcurrentMap::for_each" |map| map.for_each(|_, _| {});
        Shared ValueClone "ConcurrentMap::for_each" |map| map.for_each(|_, _| {});
        Shared KeyClone "ConcurrentMap::iter" |map| map.iter().count();
        Shared KeyClone "ConcurrentMap::retain" |map| map.retain(|_, _| true);
        Shared ValueClone "ConcurrentMap::retain" |map| map.retain(|_, _| true);
        Shared KeyClone after 4 "ConcurrentMap::snapshot" |map| map.snapshot();
        Shared ValueClone after 4 "ConcurrentMap::snapshot" |map| map.snapshot();
        Shared ValueClone after 4 "ConcurrentMap: Clone" |map| map.clone();
        Shared ValueClone "ConcurrentMap: PartialEq" |map| hooks::same(map, map);
        Shared KeyClone "ConcurrentMap: Debug" |map| format!("{map:?}");
        Exclusive KeyClone "ConcurrentMap::set, absent" |map| map.set(&Key::new(ABSENT), value());
        Exclusive ValueClone "ConcurrentMap::compare_exchange, another one" |map|
            map.compare_exchange(&key(), &Value::new(99), value());

        // Hash and Eq.
        Nothing KeyHash "ConcurrentMap::get" |map| map.get(&key());
        Nothing KeyHash "ConcurrentMap::with" |map| map.with(&key(), |_| {});
        Nothing KeyHash "ConcurrentMap::insert" |map| map.insert(key(), value());
        Nothing KeyHash "ConcurrentMap::remove" |map| map.remove(&key());
        Nothing KeyHash "ConcurrentMap::update" |map| map.update(&key(), |_| {});
        Nothing KeyHash "ConcurrentMap::snapshot" |map| map.snapshot();
        Exclusive KeyHash "ConcurrentMap::reserve" |map| map.reserve(1000);
        Exclusive KeyHash "ConcurrentMap::shrink_to_fit" |map| {
            hooks::quietly(|| map.reserve(200));
            map.shrink_to_fit();
        };
        // After the key itself, one that was there before.
        Exclusive KeyHash after 1 "ConcurrentMap::insert, which grows" |map| {
            let last = hooks::quietly(|| {
                let grows = |number: &u32| {
                    let before = map.capacity();
                    drop(map.insert(Key::new(*number), value()));
                    // From 3 to 7 or more: a table without entries, which comes to hold 3, has nothing to hash.
                    map.capacity() >= before + 4
                };
                let last = (ABSENT..ABSENT + 1000).find(grows).expect("some table grows");
                // Back to where its table is full.
                drop(map.remove(&Key::new(last)));
                map.shrink_to_fit();
                last
            });
            map.insert(Key::new(last), value())
        };
        Shared KeyEq "ConcurrentMap::get" |map| map.get(&key());
        Shared KeyEq "ConcurrentMap::with" |map| map.with(&key(), |_| {});
        Shared KeyEq "ConcurrentMap::contains_key" |map| map.contains_key(&key());
        Exclusive KeyEq "ConcurrentMap::insert" |map| map.insert(key(), value());
        Exclusive KeyEq "ConcurrentMap::try_insert" |map| map.try_insert(key(), value());
        Exclusive KeyEq "ConcurrentMap::set" |map| map.set(&key(), value());
        Exclusive KeyEq "ConcurrentMap::remove" |map| map.remove(&key());
        Exclusive KeyEq "ConcurrentMap::remove_if" |map| map.remove_if(&key(), |_, _| true);
        Exclusive KeyEq "ConcurrentMap::update" |map| map.update(&key(), |_| {});
        Exclusive KeyEq "ConcurrentMap::upsert" |map| map.upsert(key(), value, |_| {});
        Exclusive KeyEq "ConcurrentMap::compare_exchange" |map| map.compare_exchange(&key(), &value(), value());
        Exclusive KeyEq "ConcurrentMap::retain" |map| map.retain(|_, _| false);
        Exclusive ValueEq "ConcurrentMap::compare_exchange" |map| map.compare_exchange(&key(), &value(), value());
        Nothing ValueEq after 3 "ConcurrentMap: PartialEq" |map| hooks::same(map, map);
        Nothing KeyDebug after 3 "ConcurrentMap: Debug" |map| format!("{map:?}");
        Nothing ValueDebug after 3 "ConcurrentMap: Debug" |map| format!("{map:?}");

        // Drop.
        Nothing KeyDrop "ConcurrentMap::insert, the second key" |map| map.insert(key(), value());
        Nothing ValueDrop "ConcurrentMap::insert, the old value" |map| map.insert(key(), value());
        Nothing ValueDrop "ConcurrentMap::set" |map| map.set(&key(), value());
        Nothing KeyDrop "ConcurrentMap::remove" |map| {
            let key = key();
            drop(map.remove(&key));
            hooks::quietly(|| drop(key));
        };
        Nothing KeyDrop "ConcurrentMap::upsert, the second key" |map| map.upsert(key(), value, |_| {});
        Nothing KeyDrop "ConcurrentMap::get_or_insert_with, the second key" |map|
            map.get_or_insert_with(key(), value);
        // Another one was faster: its own closure.
        Nothing ValueDrop after 1 "ConcurrentMap::get_or_insert_with, the loser" |map|
            map.get_or_insert_with(Key::new(ABSENT), || {
                drop(map.insert(Key::new(ABSENT), value()));
                value()
            });
        Nothing KeyDrop after 2 "ConcurrentMap::clear" |map| map.clear();
        Nothing ValueDrop after 2 "ConcurrentMap::clear" |map| map.clear();
        Nothing KeyDrop after 2 "ConcurrentMap::retain" |map| map.retain(|_, _| false);
        Nothing ValueDrop "ConcurrentMap::retain, the first drop" |map| map.retain(|_, _| false);
        Nothing ValueDrop after 3 "ConcurrentMap::retain" |map| map.retain(|_, _| false);
        Nothing ValueDrop after 10 "ConcurrentMap::retain, a later drop" |map| map.retain(|_, _| false);
        Nothing ValueDrop after 2 "ConcurrentMap::for_each, the copies" |map| map.for_each(|_, _| {});
        Nothing ValueDrop after 2 "ConcurrentMap: Drop" |map| {
            drop(entries().collect::<ConcurrentMap<_, _>>());
            map.len()
        };
        // The user's own assignment.
        Exclusive ValueDrop "ConcurrentMap::update, which assigns" |map|
            map.update(&key(), |value| *value = Value::new(5));
    };
    #[cfg(feature = "serde")]
    rows.extend(rows! { mixed:
        Nothing KeySerialize after 3 "ConcurrentMap: Serialize" |map| serde_json::to_string(map);
        Nothing ValueSerialize after 3 "ConcurrentMap: Serialize" |map| serde_json::to_string(map);
        Shared ValueClone "ConcurrentMap: Serialize" |map| serde_json::to_string(map);
    });
    rows
}

pub(super) fn of_read_map() -> Vec<Row> {
    #[allow(unused_mut, reason = "there is more with a feature")]
    let mut rows = rows! { read:
        // Closures.
        Nothing Closure "ReadMap::with" |map| map.with(&key(), |_| fire(Event::Closure));
        Nothing Closure after 3 "ReadMap::for_each" |map| map.for_each(|_, _| fire(Event::Closure));
        Nothing Closure "ReadMap::get_or_insert_with" |map| map.get_or_insert_with(Key::new(ABSENT), closure);
        Nothing Closure "ReadMap::try_get_or_insert_with" |map|
            map.try_get_or_insert_with(Key::new(ABSENT), || Err::<Value, Value>(closure()));
        Nothing Closure after 1 "&ReadMap: Extend" |map| {
            let mut map = map;
            map.extend(entries());
        };
        Writing Closure "ReadMap::update" |map| map.update(|_| fire(Event::Closure));
        Writing Closure "ReadMap::update, in the middle" |map| map.update(|next| {
            drop(next.remove(&key()));
            fire(Event::Closure);
            next.insert(key(), value())
        });
        Writing Closure "ReadMap::try_update" |map| map.try_update(|_| {
            fire(Event::Closure);
            Err::<(), ()>(())
        });
        Writing Closure "ReadMap::compare_and_update" |map|
            map.compare_and_update(map.version(), |_| fire(Event::Closure));
        Writing Closure "ReadMap::remove_if" |map| map.remove_if(&key(), |_, _| {
            fire(Event::Closure);
            true
        });
        Writing Closure after 3 "ReadMap::retain" |map| map.retain(|_, _| {
            fire(Event::Closure);
            false
        });
        Writing Closure after 1 "Transaction: Extend" |map| map.update(|next| next.extend(entries()));

        // Clone.
        Nothing ValueClone "ReadMap::get" |map| map.get(&key());
        Nothing KeyClone after 3 "ReadMap::keys" |map| map.keys();
        Nothing ValueClone after 3 "ReadMap::items" |map| map.items();
        Nothing ValueClone after 3 "&ReadMap: IntoIterator" |map| map.into_iter().count();
        Writing ValueClone "ReadMap::insert" |map| map.insert(key(), value());
        Writing KeyClone "ReadMap::insert, absent" |map| map.insert(Key::new(ABSENT), value());
        Writing KeyClone "ReadMap::set, absent" |map| map.set(&Key::new(ABSENT), value());
        Writing ValueClone "ReadMap::remove" |map| map.remove(&key());
        Writing ValueClone "Transaction::get_mut" |map| map.update(|next| next.get_mut(&key()).is_some());
        Nothing ValueClone after 3 "ReadMap: Clone" |map| map.clone();

        // Hash and Eq.
        Nothing KeyHash "ReadMap::get" |map| map.get(&key());
        Nothing KeyEq "ReadMap::get" |map| map.get(&key());
        Nothing KeyEq "ReadMap::with" |map| map.with(&key(), |_| {});
        Nothing KeyHash "Reader::get" |map| map.reader().get(&key()).is_some();
        Nothing KeyEq "Reader::get" |map| map.reader().get(&key()).is_some();
        Nothing KeyEq "Snapshot::get" |map| map.snapshot().get(&key()).is_some();
        Nothing ValueEq "ReadMap: PartialEq" |map| *map == map.clone();
        Nothing ValueEq "Snapshot: PartialEq" |map| map.snapshot() == map.clone().snapshot();
        Nothing KeyEq "Snapshot::diff" |map| {
            let before = map.snapshot();
            hooks::quietly(|| drop((map.insert(key(), value()), map.remove(&Key::new(1)))));
            before.diff(&map.snapshot()).is_empty()
        };
        Writing KeyEq "ReadMap::insert" |map| map.insert(key(), value());
        Writing KeyHash "ReadMap::insert" |map| map.insert(key(), value());
        Writing KeyEq "ReadMap::set" |map| map.set(&key(), value());
        Writing KeyEq "ReadMap::try_insert" |map| map.try_insert(key(), value());
        Writing KeyEq "ReadMap::remove" |map| map.remove(&key());
        Writing KeyEq "ReadMap::remove_if" |map| map.remove_if(&key(), |_, _| true);
        Writing KeyEq "Transaction::get" |map| map.update(|next| next.get(&key()).is_some());
        Nothing KeyDebug after 3 "ReadMap: Debug" |map| format!("{map:?}");
        Nothing ValueDebug after 3 "Snapshot: Debug" |map| format!("{:?}", map.snapshot());

        // Drop.
        Nothing KeyDrop "ReadMap::insert" |map| map.insert(key(), value());
        Nothing ValueDrop "ReadMap::insert" |map| map.insert(key(), value());
        Nothing ValueDrop after 4 "ReadMap::insert, the old version" |map| map.insert(key(), value());
        Nothing ValueDrop "ReadMap::remove" |map| map.remove(&key());
        Nothing KeyDrop "ReadMap::remove" |map| map.remove(&key());
        Nothing KeyDrop "ReadMap::remove_if, not" |map| map.remove_if(&key(), |_, _| false);
        Nothing KeyDrop "ReadMap::try_insert, present" |map| map.try_insert(key(), value());
        Nothing ValueDrop after 1 "ReadMap::get_or_insert_with, the loser" |map|
            map.get_or_insert_with(Key::new(ABSENT), || {
                drop(map.insert(Key::new(ABSENT), value()));
                value()
            });
        Nothing ValueDrop "ReadMap::clear" |map| map.clear();
        Nothing KeyDrop after 3 "ReadMap::clear" |map| map.clear();
        Nothing ValueDrop "ReadMap::retain, none" |map| map.retain(|_, _| false);
        Nothing KeyDrop "ReadMap::retain, none" |map| map.retain(|_, _| false);
        Nothing ValueDrop "ReadMap::retain, some" |map| map.retain(|key, _| key.number() > 3);
        Nothing KeyDrop "ReadMap::retain, some" |map| map.retain(|key, _| key.number() > 3);
        Nothing ValueDrop "ReadMap::try_update, which fails" |map| map.try_update(|next| {
            next.extend([(Key::new(ABSENT), value())]);
            Err::<(), ()>(())
        });
        Nothing ValueDrop "ReadMap::reclaim" |map| {
            let pinned = map.snapshot();
            hooks::quietly(|| drop(map.remove(&key())));
            drop(pinned);
            map.reclaim();
        };
        Nothing ValueDrop after 2 "ReadMap: Drop" |map| {
            drop(map.clone());
            map.len()
        };
        Nothing ValueDrop after 2 "Snapshot: Drop, the last of its map" |map| {
            let other = map.clone();
            let snapshot = other.snapshot();
            drop(other);
            drop(snapshot);
            map.len()
        };
        // The user's own assignment.
        Writing ValueDrop "Transaction::get_mut, which assigns" |map| map.update(|next| {
            *next.get_mut(&key()).expect("it is there") = Value::new(5);
        });
    };
    #[cfg(feature = "serde")]
    rows.extend(rows! { read:
        Nothing KeySerialize after 3 "ReadMap: Serialize" |map| serde_json::to_string(map);
        Nothing ValueSerialize after 3 "ReadMap: Serialize" |map| serde_json::to_string(map);
        Nothing ValueSerialize after 3 "Snapshot: Serialize" |map| serde_json::to_string(&map.snapshot());
    });
    rows
}
