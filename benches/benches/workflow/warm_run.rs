//! One run of a graph that was built, and has run once, before.
//!
//! dagx is missing: a run takes its tasks out of the graph. dagrs must make all channels anew, which is timed.

use divan::{Bencher, counter::ItemsCount};
use flow_benches::{
    engines::{Again, nothing},
    graphs::Shape,
};

use crate::measure::{Threads, benches, graph};

fn warm_run<E: Again>(bencher: Bencher<'_, '_>, threads: Threads, shape: Shape, nodes: usize) {
    let graph = graph(shape, nodes);
    let engine = E::new(threads.0);
    let mut built = engine.build(graph, nothing);
    engine.run(&mut built);
    bencher.counter(ItemsCount::new(graph.len())).bench_local(|| engine.run_again(&mut built));
}

macro_rules! cases {
    ($($module:ident: $shape:ident, $nodes:literal, $iterations:literal;)*) => {$(
        #[divan::bench_group(sample_count = 30, sample_size = $iterations, max_time = 2)]
        mod $module {
            super::benches! { |bencher, threads, E| super::warm_run::<E>(
                bencher, threads, super::Shape::$shape, $nodes);
                dagrs: Dagrs, sample_size = 1, sample_count = 10, max_time = 1;
                flow_executor: Flow;
                rayon_inline: RayonInline;
                rayon_scope: RayonScope;
                tokio_tasks: TokioTasks;
            }
        }
    )*};
}

cases! {
    chain_1k: Chain, 1000, 10;
    chain_10k: Chain, 10_000, 2;
    fan_out_1k: FanOut, 1000, 10;
    fan_out_10k: FanOut, 10_000, 2;
    random_1k: Random, 1000, 10;
    random_10k: Random, 10_000, 2;
    tree_1k: Tree, 1000, 10;
    tree_10k: Tree, 10_000, 2;
    wavefront_1k: Wavefront, 1000, 10;
    wavefront_10k: Wavefront, 10_000, 2;
}

macro_rules! large_cases {
    ($($module:ident: $shape:ident, $nodes:literal, $samples:literal;)*) => {$(
        #[divan::bench_group(sample_count = $samples, sample_size = 1, max_time = 2)]
        mod $module {
            super::benches! { |bencher, threads, E| super::warm_run::<E>(
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
    chain_100k: Chain, 100_000, 20;
    chain_1m: Chain, 1_000_000, 7;
    fan_out_100k: FanOut, 100_000, 20;
    fan_out_1m: FanOut, 1_000_000, 7;
    random_100k: Random, 100_000, 20;
    random_1m: Random, 1_000_000, 7;
    tree_100k: Tree, 100_000, 20;
    tree_1m: Tree, 1_000_000, 7;
    wavefront_100k: Wavefront, 100_000, 20;
    wavefront_1m: Wavefront, 1_000_000, 7;
}
