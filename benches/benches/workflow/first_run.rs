//! The whole life of a graph that is used once: it is built, run, and dropped.
//!
//! Unfair: as in `build`. dagx goes through a graph in layers, which it finds in this run; where a layer is one node,
//! as all of a chain are, it starts no task.

use divan::{Bencher, counter::ItemsCount};
use flow_benches::{
    engines::{Engine, nothing},
    graphs::Shape,
};

use crate::measure::{Threads, benches, graph};

fn first_run<E: Engine>(bencher: Bencher<'_, '_>, threads: Threads, shape: Shape, nodes: usize) {
    let graph = graph(shape, nodes);
    let engine = E::new(threads.0);
    bencher.counter(ItemsCount::new(graph.len())).bench_local(|| {
        let mut built = engine.build(graph, nothing);
        engine.run(&mut built);
        drop(built);
    });
}

macro_rules! cases {
    ($($module:ident: $shape:ident, $nodes:literal;)*) => {$(
        #[divan::bench_group(sample_count = 30, sample_size = 10, max_time = 2)]
        mod $module {
            super::benches! { |bencher, threads, E| super::first_run::<E>(
                bencher, threads, super::Shape::$shape, $nodes);
                dagrs: Dagrs, sample_size = 1, sample_count = 20;
                flow_executor: Flow;
                dagx: Dagx, sample_size = 2;
                rayon_inline: RayonInline;
                rayon_scope: RayonScope;
                tokio_tasks: TokioTasks, sample_size = 4;
            }
        }
    )*};
}

cases! {
    chain_1k: Chain, 1000;
    fan_out_1k: FanOut, 1000;
    random_1k: Random, 1000;
    tree_1k: Tree, 1000;
    wavefront_1k: Wavefront, 1000;
}

macro_rules! large_cases {
    ($($module:ident: $shape:ident, $nodes:literal;)*) => {$(
        #[divan::bench_group(sample_count = 15, sample_size = 1, max_time = 1)]
        mod $module {
            super::benches! { |bencher, threads, E| super::first_run::<E>(
                bencher, threads, super::Shape::$shape, $nodes);
                flow_executor: Flow;
                rayon_inline: RayonInline;
                rayon_scope: RayonScope;
                tokio_tasks: TokioTasks;
            }
        }
    )*};
}

large_cases! {
    chain_100k: Chain, 100_000;
    fan_out_100k: FanOut, 100_000;
    random_100k: Random, 100_000;
    tree_100k: Tree, 100_000;
    wavefront_100k: Wavefront, 100_000;
}
