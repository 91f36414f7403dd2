//! Models of publishing and retiring: nobody reads a node that is freed, and what nobody reads is freed.
//!
//! The nodes are loom's cells: freeing is a write, so that loom fails where a read does not happen before it.
//! arc-swap is replaced by a lock (see `sync.rs`): what is modelled is which versions are kept, not how a pointer is
//! published.

use loom::{cell::UnsafeCell, thread};

use super::{Born, Version, Versions};
use crate::sync::{Arc, of_process::StdArc};

const NODES: usize = 4;

/// Memory of the nodes: 1 while they are there, 0 when they are freed.
struct Nodes([UnsafeCell<u32>; NODES]);

// SAFETY: loom's cells check every access.
unsafe impl Sync for Nodes {}
// SAFETY: as above.
unsafe impl Send for Nodes {}

impl Nodes {
    fn new() -> Self {
        Self(std::array::from_fn(|_| UnsafeCell::new(1)))
    }

    fn is_there(&self, node: usize) -> bool {
        // SAFETY: loom checks every access.
        self.0[node].with(|there| unsafe { *there }) == 1
    }

    fn read(&self, version: &Version<[usize; 2]>) {
        for node in version.content {
            assert!(self.is_there(node), "a node was freed that a reader reaches");
        }
    }

    fn free(&self, dead: Vec<Dead>) {
        for Dead { node, .. } in dead {
            // SAFETY: loom checks it.
            self.0[node].with_mut(|there| unsafe {
                assert_eq!(*there, 1, "a node was freed twice");
                *there = 0;
            });
        }
    }

    fn left(&self) -> Vec<usize> {
        (0..NODES).filter(|&node| self.is_there(node)).collect()
    }
}

#[derive(Clone, Copy, Debug)]
struct Dead {
    node: usize,
    birth: u64,
}

impl Born for Dead {
    fn birth(&self) -> u64 {
        self.birth
    }
}

/// A map whose versions reach two nodes each.
struct Map {
    versions: Versions<[usize; 2], Dead>,
    nodes: Nodes,
}

impl Map {
    fn new() -> StdArc<Self> {
        StdArc::new(Self { versions: Versions::new([0, 1]), nodes: Nodes::new() })
    }

    /// Version 1 replaces node 0, which was born with version 0, by node 2.
    fn first_write(&self) {
        let writer = self.versions.lock();
        let dead = writer.publish([2, 1], vec![Dead { node: 0, birth: 0 }]);
        self.nodes.free(dead);
    }

    /// Version 2 replaces node 2, which was born with version 1, by node 3.
    fn second_write(&self) {
        let writer = self.versions.lock();
        let dead = writer.publish([3, 1], vec![Dead { node: 2, birth: 1 }]);
        self.nodes.free(dead);
    }

    fn reclaim(&self) {
        self.nodes.free(self.versions.lock().reclaim());
    }
}

#[test]
fn what_a_reader_reaches_is_not_freed() {
    loom::model(|| {
        let map = Map::new();
        let reader = {
            let map = StdArc::clone(&map);
            thread::spawn(move || {
                let pinned = map.versions.load_full();
                map.nodes.read(&pinned);
                drop(pinned);
                map.nodes.read(&map.versions.load());
            })
        };
        map.first_write();
        map.second_write();
        reader.join().expect("the reader ends");
        map.reclaim();
        assert_eq!(map.nodes.left(), [1, 3], "what nobody reaches is freed");
    });
}

#[test]
fn a_version_that_is_kept_keeps_its_nodes_and_no_others() {
    loom::model(|| {
        let map = Map::new();
        let pinned = map.versions.load_full();
        let writer = {
            let map = StdArc::clone(&map);
            thread::spawn(move || {
                map.first_write();
                map.second_write();
            })
        };
        map.nodes.read(&pinned);
        let other = Arc::clone(&pinned);
        drop(pinned);
        map.nodes.read(&other);
        writer.join().expect("the writer ends");
        map.reclaim();
        assert_eq!(map.nodes.left(), [0, 1, 3], "node 2 is in no version that is kept");
        drop(other);
        map.reclaim();
        assert_eq!(map.nodes.left(), [1, 3]);
    });
}

#[test]
fn garbage_of_an_unused_version_is_kept_for_an_older_one_that_reaches_it() {
    loom::model(|| {
        let map = Map::new();
        map.first_write();
        let pinned = map.versions.load_full();
        let reader = {
            let map = StdArc::clone(&map);
            thread::spawn(move || {
                map.nodes.read(&pinned);
                pinned
            })
        };
        // Another version between, which nobody uses and which has all nodes of the one that is kept.
        map.nodes.free(map.versions.lock().publish([2, 1], Vec::new()));
        map.second_write();
        let pinned = reader.join().expect("the reader ends");
        map.reclaim();
        map.nodes.read(&pinned);
        assert_eq!(map.nodes.left(), [1, 2, 3], "node 2 was born with the version that is kept");
    });
}

#[test]
fn a_reader_keeps_its_version_until_it_exchanges_it() {
    loom::model(|| {
        let map = Map::new();
        let reader = {
            let map = StdArc::clone(&map);
            thread::spawn(move || {
                let mut version = map.versions.load_full();
                for _ in 0..2 {
                    map.versions.refresh(&mut version);
                    map.nodes.read(&version);
                }
            })
        };
        map.first_write();
        reader.join().expect("the reader ends");
        map.reclaim();
        assert_eq!(map.nodes.left(), [1, 2, 3], "node 3 was never in a version");
    });
}

#[test]
fn a_reader_never_goes_back() {
    loom::model(|| {
        let map = Map::new();
        let mut version = map.versions.load_full();
        let writer = {
            let map = StdArc::clone(&map);
            thread::spawn(move || {
                map.first_write();
                map.second_write();
            })
        };
        // By another way than the reader's own.
        let seen = map.versions.load().number;
        map.versions.refresh(&mut version);
        assert!(version.number >= seen, "{} after {seen}", version.number);
        writer.join().expect("the writer ends");
        map.versions.refresh(&mut version);
        assert_eq!(version.number, 2, "what happened before is seen");
    });
}

#[test]
fn writers_wait_for_one_another() {
    loom::model(|| {
        let map = Map::new();
        let other = {
            let map = StdArc::clone(&map);
            thread::spawn(move || {
                let writer = map.versions.lock();
                let number = writer.newest().number;
                let content = writer.newest().content;
                map.nodes.free(writer.publish(content, Vec::new()));
                number
            })
        };
        let writer = map.versions.lock();
        let number = writer.newest().number;
        let content = writer.newest().content;
        map.nodes.free(writer.publish(content, Vec::new()));
        let numbers = [number, other.join().expect("the writer ends")];
        assert!(numbers == [0, 1] || numbers == [1, 0], "each builds on the other: {numbers:?}");
        assert_eq!(map.versions.load().number, 2);
    });
}
