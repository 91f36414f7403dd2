//! Objects of all shapes: collections, none at all, over-aligned and large ones, and objects that use pools themselves.

use std::{
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque},
    ptr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use flow_memory::{Object, ObjectPool, OwnedObject, Recycle};

use crate::counted::{Counted, Tally};

#[test]
fn collections_are_emptied() {
    fn check<T: Recycle>(mut collection: T, is_empty: impl Fn(&T) -> bool) {
        assert!(!is_empty(&collection));
        collection.recycle();
        assert!(is_empty(&collection));
    }
    check(String::from("text"), String::is_empty);
    check(vec![1], Vec::is_empty);
    check(VecDeque::from([1]), VecDeque::is_empty);
    check(BinaryHeap::from([1]), BinaryHeap::is_empty);
    check(BTreeSet::from([1]), BTreeSet::is_empty);
    check(BTreeMap::from([(1, 2)]), BTreeMap::is_empty);
    check(HashSet::from([1]), HashSet::is_empty);
    check(HashMap::from([(1, 2)]), HashMap::is_empty);
    check(Box::new(vec![1]), |boxed| boxed.is_empty());
}

#[test]
fn collections_keep_their_capacity() {
    fn check<T: Recycle + Send + 'static>(make: fn() -> T, fill: fn(&mut T), capacity: fn(&T) -> usize) {
        let pool = ObjectPool::new(make);
        let mut collection = pool.get();
        fill(&mut collection);
        let before = capacity(&collection);
        assert!(1000 <= before);
        drop(collection);
        assert_eq!(capacity(&pool.get()), before);
    }
    check(String::new, |it| it.extend(['a'; 1000]), String::capacity);
    check(Vec::new, |it| it.extend(0..1000), Vec::capacity);
    check(VecDeque::new, |it| it.extend(0..1000), VecDeque::capacity);
    check(BinaryHeap::new, |it| it.extend(0..1000), BinaryHeap::capacity);
    check(HashSet::new, |it| it.extend(0..1000), HashSet::capacity);
    check(HashMap::new, |it| it.extend((0..1000).map(|n| (n, n))), HashMap::capacity);
    check(Box::<Vec<i32>>::default, |it| it.extend(0..1000), |it| it.capacity());
}

#[test]
fn an_unsized_object_in_a_box_is_recycled() {
    trait Job: Recycle + Send {
        fn cost(&self) -> usize;
    }
    impl Job for Vec<usize> {
        fn cost(&self) -> usize {
            self.len()
        }
    }
    let pool: ObjectPool<Box<dyn Job>> = ObjectPool::new(|| Box::new(vec![1_usize, 2]) as Box<dyn Job>);
    let job = pool.get();
    assert_eq!(job.cost(), 2);
    drop(job);
    assert_eq!(pool.get().cost(), 0);
}

/// Counts the objects without a size that there are, and those that were recycled.
static EMPTY: AtomicUsize = AtomicUsize::new(0);
static EMPTY_RECYCLED: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
struct Empty;

impl Recycle for Empty {
    fn recycle(&mut self) {
        EMPTY_RECYCLED.fetch_add(1, SeqCst);
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        EMPTY.fetch_sub(1, SeqCst);
    }
}

#[test]
fn objects_without_a_size_are_counted_like_others() {
    let pool = ObjectPool::builder(|| {
        EMPTY.fetch_add(1, SeqCst);
        Empty
    });
    let pool = pool.max_retained(10).build();
    drop((0..20).map(|_| pool.get()).collect::<Vec<_>>());
    assert_eq!((EMPTY.load(SeqCst), EMPTY_RECYCLED.load(SeqCst)), (10, 20));
    assert_eq!((pool.stats().retained, pool.stats().discards), (10, 10));
    let detached = Object::detach(pool.get());
    assert_eq!(EMPTY.load(SeqCst), 10);
    drop(detached);
    pool.trim();
    assert_eq!(EMPTY.load(SeqCst), 0);
    pool.prefill(5);
    let owned = pool.get_owned();
    drop(pool);
    assert_eq!(EMPTY.load(SeqCst), 5);
    drop(owned);
    assert_eq!((EMPTY.load(SeqCst), EMPTY_RECYCLED.load(SeqCst)), (0, 21));
}

/// An over-aligned object, which checks where it is.
macro_rules! aligned {
    ($name:ident, $align:literal, $($size:literal)?) => {
        #[repr(align($align))]
        #[derive(Debug)]
        struct $name { $(_bytes: [u8; $size])? }

        impl $name {
            fn new() -> Self {
                Self { $(_bytes: [7; $size])? }
            }

            fn check(&self) {
                assert_eq!(ptr::from_ref(self).addr() % $align, 0);
                $(assert_eq!(self._bytes, [7; $size]);)?
            }
        }

        impl Recycle for $name {
            fn recycle(&mut self) {
                self.check();
            }
        }
    };
}

aligned!(Line, 128, 1);
aligned!(Page, 4096, 5000);
aligned!(Nothing, 4096,);

#[test]
fn objects_lie_as_their_alignment_wants() {
    assert_eq!((size_of::<Line>(), size_of::<Page>(), size_of::<Nothing>()), (128, 8192, 0));
    macro_rules! check {
        ($($name:ident)*) => {$(
            let pool = ObjectPool::new($name::new);
            for _ in 0..3 {
                let objects: Vec<_> = (0..20).map(|_| pool.get()).collect();
                objects.iter().for_each(|object| object.check());
            }
            pool.prefill(3);
            Object::detach(pool.get()).check();
        )*};
    }
    check!(Line Page Nothing);
}

/// Larger than what a stack of a thread should be asked for often.
struct Large {
    bytes: [u8; 256 << 10],
}

impl Recycle for Large {
    fn recycle(&mut self) {
        self.bytes[0] = 0;
    }
}

#[test]
fn large_objects_stay_where_they_are() {
    let pool = ObjectPool::new(|| Large { bytes: [0; 256 << 10] });
    let mut objects: Vec<_> = (0..10).map(|_| pool.get()).collect();
    for (object, mark) in objects.iter_mut().zip(1..) {
        object.bytes.fill(mark);
    }
    let addresses: Vec<_> = objects.iter().map(|object| object.bytes.as_ptr()).collect();
    // Handles are two words, whatever they are of.
    assert_eq!(size_of_val(&objects[0]), 2 * size_of::<usize>());
    objects.reverse();
    objects.reverse();
    for (object, mark) in objects.iter().zip(1..) {
        assert!(object.bytes.iter().all(|&byte| byte == mark));
    }
    drop(objects);
    let again: Vec<_> = (0..10).map(|_| pool.get()).collect();
    for object in &again {
        assert!(addresses.contains(&object.bytes.as_ptr()));
        assert_eq!((object.bytes[0], pool.stats().misses), (0, 10));
    }
}

/// A tree whose nodes are from one pool.
struct Tree {
    children: Vec<OwnedObject<Tree>>,
    counted: Counted,
}

impl Recycle for Tree {
    fn recycle(&mut self) {
        // Gives back all children, each of which does the same.
        self.children.clear();
        self.counted.recycle();
    }
}

fn grow(pool: &ObjectPool<Tree>, depth: usize) -> OwnedObject<Tree> {
    let mut tree = pool.get_owned();
    assert!(tree.children.is_empty());
    if depth != 0 {
        tree.children.extend((0..3).map(|_| grow(pool, depth - 1)));
    }
    tree
}

#[test]
fn objects_may_hold_objects_of_the_same_pool() {
    // 1 + 3 + 9 + 27 + 81 nodes.
    const NODES: usize = 121;
    let tally = Tally::new();
    for most in [0, 1, 10, 1000] {
        let before = (tally.made(), tally.recycled());
        let making = Arc::clone(&tally);
        let pool = ObjectPool::builder(move || Tree { children: Vec::new(), counted: making.make() })
            .max_retained(most)
            .build();
        let tree = grow(&pool, 4);
        assert_eq!(pool.stats().outstanding, NODES);
        drop(tree);
        let stats = pool.stats();
        assert_eq!((stats.outstanding, stats.retained), (0, most.min(NODES)), "{most}");
        let again = grow(&pool, 4);
        assert_eq!(tally.made() - before.0, 2 * NODES - most.min(NODES), "{most}");
        // The tree is all that keeps the pool.
        drop(pool);
        drop(again);
        assert_eq!((tally.recycled() - before.1, tally.alive()), (2 * NODES, 0), "{most}");
    }
}

/// Takes two objects from another pool when it is dropped, and gives back one.
struct Farewell {
    pool: ObjectPool<Counted>,
    tally: Arc<Tally>,
    _counted: Counted,
}

impl Recycle for Farewell {
    fn recycle(&mut self) {}
}

impl Drop for Farewell {
    fn drop(&mut self) {
        let before = self.tally.recycled();
        let (first, second) = (self.pool.get_owned(), self.pool.get());
        drop(Object::detach(second));
        drop(first);
        assert_eq!(self.tally.recycled(), before + 1);
    }
}

#[test]
fn an_object_may_use_another_pool_when_it_is_dropped() {
    let (own, others) = (Tally::new(), Tally::new());
    let inner = others.pool();
    let (making, making_others, making_in) = (Arc::clone(&own), Arc::clone(&others), inner.clone());
    let pool = ObjectPool::new(move || Farewell {
        pool: making_in.clone(),
        tally: Arc::clone(&making_others),
        _counted: making.make(),
    });
    pool.prefill(10);
    drop((0..20).map(|_| pool.get()).collect::<Vec<_>>());
    pool.shrink_to(15);
    pool.prefill(3);
    drop(pool);
    assert_eq!(own.alive(), 0);
    assert_eq!((others.recycled(), others.alive()), (own.made(), 1));
    drop(inner);
    assert_eq!(others.alive(), 0);
}
