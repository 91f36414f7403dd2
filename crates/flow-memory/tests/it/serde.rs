//! Statistics as data.

use flow_memory::{BufferPool, ObjectPool};
use serde_json::{Value, json};

/// Compares text, not values, so that the order of the fields is seen.
fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain numbers")
}

#[test]
fn the_statistics_of_an_object_pool_are_its_fields() {
    let pool = ObjectPool::builder(String::new).max_retained(8).build();
    let held = pool.get();
    drop(pool.get());
    drop(pool.get());
    let expected = "{\"hits\":1,\"misses\":2,\"returns\":2,\"discards\":0,\"outstanding\":1,\"retained\":1,\
                    \"reserved\":1,\"max_retained\":8}";
    assert_eq!(text(&pool.stats()), expected);
    drop(held);
}

#[test]
fn the_statistics_of_a_buffer_pool_are_its_fields() {
    let pool = BufferPool::builder().largest_class(1024).max_retained_bytes(4096).build();
    let held = (pool.get(100), pool.get(5000));
    drop(pool.get(1000));
    let expected = "{\"hits\":0,\"misses\":2,\"returns\":1,\"discards\":0,\"oversized\":1,\"outstanding\":2,\
                    \"outstanding_bytes\":5128,\"retained\":1,\"retained_bytes\":1024,\"reserved_bytes\":1024,\
                    \"max_retained_bytes\":4096}";
    assert_eq!(text(&pool.stats()), expected);
    drop(held);
    assert_eq!(serde_json::to_value(pool.stats()).expect("plain numbers")["discards"], Value::from(1));
}

#[test]
fn the_statistics_of_a_class_are_its_fields() {
    let pool = BufferPool::builder().smallest_class(64).largest_class(128).build();
    drop(pool.get(100));
    let classes = serde_json::to_value(pool.class_stats()).expect("plain numbers");
    let class = |size: usize, count: usize| {
        json!({"size": size, "hits": 0, "misses": count, "returns": count, "discards": 0, "outstanding": 0,
               "retained": count})
    };
    assert_eq!(classes, json!([class(64, 0), class(128, 1)]));
}
