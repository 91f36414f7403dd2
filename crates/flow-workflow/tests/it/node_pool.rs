//! The node pool beside its properties: registered actions, statistics, limits, threads.

use std::sync::Arc;

use flow_arena::{Arena, StringPool};
use flow_workflow::{Context, Data, Executor, NodePool, Workflow};

#[test]
fn actions_are_registered_by_name() {
    let pool = NodePool::new();
    assert!(pool.action("pay").is_none());
    assert!(pool.register("pay", |_: &Context| Err("the first".into())).is_none());
    let mut node = pool.get();
    node.set_name("charge").set_action("pay");
    let before = Workflow::builder("before").add_node(&node).build().expect("no problem");
    assert!(pool.register("pay", |_: &Context| Ok(())).is_some());
    let after = Workflow::builder("after").add_node(&node).build().expect("no problem");
    assert!(pool.unregister("pay").is_some() && pool.unregister("pay").is_none());
    // A workflow keeps what it was built with.
    let executor = Executor::new(1);
    assert!(executor.run(&before, &Data::new()).is_err());
    assert!(executor.run(&after, &Data::new()).is_ok());
    assert!(Workflow::builder("too late").add_node(&node).build().is_err());
}

#[test]
fn what_a_pool_is_told_to_keep_is_kept() {
    let builder = NodePool::builder().max_retained(100).thread_cache(2);
    for pool in [builder.clone().build(), builder.build()] {
        assert_eq!((pool.max_retained(), pool.stats().max_retained), (100, 100));
        assert_eq!(pool.prefill(1000), 100);
        pool.shrink_to(50);
        assert!(pool.stats().retained <= 50, "{}", pool.stats());
        let node = pool.try_get_owned().expect("there is memory");
        drop(node);
        assert_eq!(pool.stats().hit_rate(), 1.0);
    }
    let full = Arc::new(Arena::builder().memory_limit(0).build());
    assert!(NodePool::builder().arena(full).build().try_get_owned().is_err());
}

#[test]
fn looking_for_an_action_keeps_no_name() {
    let pool = NodePool::new();
    let names = pool.stats().names;
    assert!(pool.unregister("no such action").is_none() && pool.action("no such action").is_none());
    assert_eq!(pool.stats().names, names);
    let pay = pool.symbol("pay");
    pool.register(pay, |_: &Context| Ok(()));
    assert!(pool.unregister(pay).is_some());
}

#[test]
fn misses_mean_misses() {
    let pool = NodePool::new();
    for _ in 0..10 {
        pool.get().set_name("a");
    }
    let held = (pool.get(), pool.get());
    let stats = pool.stats();
    assert_eq!((stats.misses, stats.hits, stats.returns, stats.outstanding), (2, 10, 10, 2));
    drop(held);
    assert_eq!(pool.stats().retained, 2);
    pool.trim();
    assert_eq!(pool.stats().retained, 0);
    assert_eq!(pool.prefill(5), 5);
    assert!(pool.stats().to_string().contains("5 kept"), "{}", pool.stats());
}

#[test]
fn nodes_live_in_the_arena() {
    let arena = Arc::new(Arena::new());
    let names = Arc::new(StringPool::default());
    let pool = NodePool::builder().arena(Arc::clone(&arena)).names(names).build();
    let nodes: Vec<_> = (0..10).map(|_| pool.get()).collect();
    assert_eq!(arena.stats().allocations, 10);
    drop(nodes);
    drop((0..10).map(|_| pool.get()).collect::<Vec<_>>());
    assert_eq!(arena.stats().allocations, 10, "their places are used again");
}

#[test]
fn a_full_arena_is_an_error() {
    let arena = Arc::new(Arena::builder().block_size(1024).memory_limit(4096).build());
    let pool = NodePool::builder().arena(arena).names(Arc::new(StringPool::default())).build();
    let mut nodes = Vec::new();
    let error = loop {
        match pool.try_get() {
            Ok(node) => nodes.push(node),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, flow_memory::AllocError::Arena(_)), "{error}");
    // One that comes back makes room.
    nodes.pop();
    assert!(pool.try_get().is_ok());
}

#[test]
fn a_name_may_be_a_symbol() {
    let pool = NodePool::new();
    let (charge, pay) = (pool.symbol("charge"), pool.symbol("pay"));
    pool.register(pay, |_: &Context| Ok(()));
    let mut node = pool.get();
    node.set_name(charge).set_action(pay).set_dependencies([charge]);
    assert_eq!((node.name(), node.action()), ("charge", Some("pay")));
    assert_eq!(node.dependencies().collect::<Vec<_>>(), ["charge"]);
    // One of another pool is some other name, or none, but never anything worse.
    let other = NodePool::new();
    let unknown = (0..100).fold(charge, |_, index| pool.symbol(&format!("name {index}")));
    let mut node = other.get();
    node.set_name(unknown);
    assert_eq!(node.name(), "");
}

#[test]
fn a_node_may_be_dropped_elsewhere() {
    let pool = NodePool::new();
    let node = pool.get_owned();
    std::thread::spawn(move || drop(node)).join().expect("it only drops");
    assert_eq!((pool.stats().outstanding, pool.stats().returns), (0, 1));
}
