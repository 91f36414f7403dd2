//! Models of the rules in `held`: with them, locks that are taken in opposite orders never wait in a circle.
//!
//! loom's lock stands in for dashmap's: like that one, it lets readers in beside readers. Its models fail where all
//! threads wait.

use std::panic::{AssertUnwindSafe, catch_unwind};

use loom::{
    sync::{Arc, RwLock},
    thread,
};

use crate::held;

/// A shard of one map.
#[derive(Default)]
struct Shard(RwLock<u32>);

impl Shard {
    /// As `with` does.
    fn with<R>(&self, access: impl FnOnce(u32) -> R) -> R {
        held::Shared::check();
        let guard = self.0.read().expect("never poisoned");
        let _held = held::Shared::enter();
        access(*guard)
    }

    /// As `update` does.
    fn update(&self, change: impl FnOnce(&mut u32)) {
        held::Exclusive::check();
        let mut guard = self.0.write().expect("never poisoned");
        let _held = held::Exclusive::enter();
        change(&mut guard);
    }
}

fn pair() -> [Arc<Shard>; 2] {
    std::array::from_fn(|_| Arc::new(Shard::default()))
}

#[test]
fn readers_in_opposite_order_and_a_writer() {
    loom::model(|| {
        let [left, right] = pair();
        let other = {
            let [left, right] = [&left, &right].map(Arc::clone);
            thread::spawn(move || right.with(|_| left.with(|value| value)))
        };
        let writer = {
            let left = Arc::clone(&left);
            thread::spawn(move || left.update(|value| *value += 1))
        };
        left.with(|_| right.with(|value| value));
        other.join().expect("it ends");
        writer.join().expect("it ends");
    });
}

#[test]
fn writers_in_opposite_order_are_refused() {
    loom::model(|| {
        let [left, right] = pair();
        let other = {
            let [left, right] = [&left, &right].map(Arc::clone);
            thread::spawn(move || {
                right.with(|_| {
                    // Here the thread would wait for itself, or for one that waits for it.
                    let refused = catch_unwind(AssertUnwindSafe(|| left.update(|value| *value += 1)));
                    assert!(refused.is_err());
                });
            })
        };
        left.with(|_| {
            let refused = catch_unwind(AssertUnwindSafe(|| right.update(|value| *value += 1)));
            assert!(refused.is_err());
        });
        other.join().expect("it ends");
        // The rules leave nothing behind.
        right.update(|value| *value += 1);
        assert_eq!(right.with(|value| value), 1);
    });
}

#[test]
fn a_writer_inside_of_a_write_to_a_read_map() {
    loom::model(|| {
        let [shard, _] = pair();
        let publishing = Arc::new(loom::sync::Mutex::new(()));
        let other = {
            let (shard, publishing) = (Arc::clone(&shard), Arc::clone(&publishing));
            thread::spawn(move || {
                let _held = held::Publishing::enter();
                let _guard = publishing.lock().expect("never poisoned");
                shard.update(|value| *value += 1);
            })
        };
        shard.with(|_| {
            // Waiting for the other thread here, which waits for this shard, would be a circle.
            assert!(catch_unwind(held::Publishing::enter).is_err());
        });
        other.join().expect("it ends");
    });
}
