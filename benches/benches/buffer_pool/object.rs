//! Objects that have memory of their own, here nodes of a graph with a name and a list: an operation gets one, gives it a
//! name and 8 dependencies, and gives it back. Pools clear a node and keep the memory of its parts.
//!
//! `std_box` makes three allocations for each node, of the right size at once, and frees them.

use std::{
    hint::black_box,
    ops::DerefMut,
    sync::atomic::{AtomicUsize, Ordering},
};

use divan::Bencher;
use flow_benches::{SEED, identifiers, together::THREADS};
use flow_memory::Recycle;
use opool::PoolAllocator;
use sharded_slab::Clear;

use crate::{
    contenders::Slot,
    measure::{OPERATIONS, measure},
};

const DEPENDENCIES: [u32; 8] = [2, 3, 5, 7, 11, 13, 17, 19];

/// What a scheduler knows of a piece of work.
#[derive(Debug, Default)]
struct Node {
    id: u64,
    name: String,
    dependencies: Vec<u32>,
    priority: i32,
    attempts: u32,
    deadline: Option<u64>,
    done: bool,
}

impl Node {
    #[inline]
    fn configure(&mut self, id: u64, name: &str) {
        self.id = id;
        // With the room that they need: a new one makes one allocation for each.
        self.name.reserve_exact(name.len());
        self.name.push_str(name);
        self.dependencies.reserve_exact(DEPENDENCIES.len());
        self.dependencies.extend_from_slice(&DEPENDENCIES);
        self.priority = 1;
        self.attempts = 1;
        self.deadline = Some(id);
    }

    #[inline]
    fn reset(&mut self) {
        let Self { id, name, dependencies, priority, attempts, deadline, done } = self;
        *id = 0;
        name.clear();
        dependencies.clear();
        *priority = 0;
        *attempts = 0;
        *deadline = None;
        *done = false;
    }
}

impl Recycle for Node {
    #[inline]
    fn recycle(&mut self) {
        self.reset();
    }
}

impl Clear for Node {
    #[inline]
    fn clear(&mut self) {
        self.reset();
    }
}

/// Nodes for opool.
struct Nodes;

impl PoolAllocator<Node> for Nodes {
    #[inline]
    fn reset(&self, node: &mut Node) {
        node.reset();
    }

    #[inline]
    fn allocate(&self) -> Node {
        Node::default()
    }
}

/// Measures what `get` gives, which gives itself back when it is dropped.
fn objects<N: DerefMut<Target = Node>>(bencher: Bencher<'_, '_>, get: impl Fn() -> N + Sync) {
    let names = identifiers(OPERATIONS, SEED);
    let next = AtomicUsize::new(0);
    measure(
        bencher,
        OPERATIONS,
        || next.fetch_add(1, Ordering::Relaxed) as u64,
        |id| {
            for name in &names {
                let mut node = get();
                node.configure(*id, name);
                black_box(&mut node);
            }
        },
    );
}

#[divan::bench_group(threads = [1, 2], sample_count = 60, sample_size = 20)]
mod node {
    use super::{Bencher, Node, Nodes, Slot, THREADS, objects};

    #[divan::bench]
    fn flow_object_pool(bencher: Bencher<'_, '_>) {
        let pool = flow_memory::ObjectPool::new(Node::default);
        objects(bencher, || pool.get());
    }

    #[divan::bench]
    fn lockfree_object_pool(bencher: Bencher<'_, '_>) {
        let pool = lockfree_object_pool::LinearObjectPool::new(Node::default, Node::reset);
        objects(bencher, || pool.pull());
    }

    #[divan::bench]
    fn object_pool(bencher: Bencher<'_, '_>) {
        let pool = object_pool::Pool::new(THREADS, Node::default);
        objects(bencher, || {
            let mut node = pool.pull(Node::default);
            node.reset();
            node
        });
    }

    #[divan::bench]
    fn opool(bencher: Bencher<'_, '_>) {
        let pool = opool::Pool::new(64, Nodes);
        objects(bencher, || pool.get());
    }

    #[divan::bench]
    fn sharded_slab(bencher: Bencher<'_, '_>) {
        let pool = sharded_slab::Pool::<Node>::new();
        objects(bencher, || Slot::new(&pool));
    }

    #[divan::bench]
    fn std_box(bencher: Bencher<'_, '_>) {
        objects(bencher, || Box::new(Node::default()));
    }
}
