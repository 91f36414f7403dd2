//! String pools and symbols as data.

use flow_arena::{FrozenStringPool, StringPool, Symbol};
use flow_testkit::{TestAllocator, check};
use serde::{
    Deserialize,
    de::value::{Error, SeqDeserializer, StrDeserializer},
};

fn pool_of(texts: &[&str]) -> StringPool {
    let pool = StringPool::builder().without_common_strings().build();
    for text in texts {
        pool.intern(text);
    }
    pool
}

fn texts(pool: &StringPool) -> Vec<&str> {
    pool.iter().map(|(_, text)| text).collect()
}

#[test]
fn a_symbol_is_its_index() {
    let symbol = Symbol::from_index(7).expect("a small index");
    assert_eq!(serde_json::to_string(&symbol).expect("a number"), "7");
    assert_eq!(serde_json::from_str::<Symbol>("7").expect("an index"), symbol);
    assert_eq!(serde_json::from_str::<Symbol>("4294967294").expect("the last").index(), 4_294_967_294);
    for wrong in ["4294967295", "4294967296", "-1", "1.5", "\"7\""] {
        let error = serde_json::from_str::<Symbol>(wrong).expect_err(wrong);
        assert!(!error.to_string().is_empty());
    }
    let error = serde_json::from_str::<Symbol>("4294967295").expect_err("no symbol has this index");
    assert!(error.to_string().contains("the index of a symbol, below 4294967295"), "{error}");
}

#[test]
fn a_pool_is_its_strings_in_the_order_of_their_symbols() {
    let pool = pool_of(&["b", "a", "", "quoted \"text\" and ünïcödé"]);
    let json = serde_json::to_string(&pool).expect("strings");
    assert_eq!(json, r#"["b","a","","quoted \"text\" and ünïcödé"]"#);
    let read: StringPool = serde_json::from_str(&json).expect("the same strings");
    assert_eq!(texts(&read), texts(&pool));
    for (symbol, text) in &pool {
        assert_eq!(read.get_symbol(text), Some(symbol));
    }
    assert_eq!(serde_json::to_string(&pool.freeze()).expect("strings"), json);
}

#[test]
fn the_next_new_string_gets_a_new_symbol() {
    // lasso 0.7.3 gives it the symbol of the last string that was read.
    let read: StringPool = serde_json::from_str(r#"["a","b"]"#).expect("strings");
    assert_eq!(read.symbol("c").index(), 2);
    assert_eq!(texts(&read), ["a", "b", "c"]);
}

#[test]
fn common_strings_are_pre_interned_again() {
    let pool = StringPool::default();
    pool.intern("example");
    let mut read: StringPool =
        serde_json::from_str(&serde_json::to_string(&pool).expect("strings")).expect("strings");
    assert_eq!(texts(&read), texts(&pool));
    assert_eq!(read.get_symbol("example").map(Symbol::index), Some(22));
    read.reset();
    assert_eq!(texts(&read), texts(&StringPool::default()));
}

#[test]
fn a_part_of_the_common_strings_is_only_strings() {
    for json in [r"[]", r#"[""]"#, r#"["","true"]"#, r#"["","true","other"]"#, r#"["true",""]"#] {
        let mut read: StringPool = serde_json::from_str(json).expect("strings");
        assert_eq!(serde_json::to_string(&read).expect("strings"), json);
        read.reset();
        assert!(read.is_empty());
    }
}

#[test]
fn repeated_strings_are_refused() {
    let error = serde_json::from_str::<StringPool>(r#"["a","b","a"]"#).expect_err("twice a");
    assert!(
        error.to_string().starts_with(r#"the strings at positions 0 and 2 of the pool are both "a""#),
        "{error}"
    );
    let error =
        serde_json::from_str::<FrozenStringPool>(r#"["","true",""]"#).expect_err("twice the empty string");
    assert!(error.to_string().contains("positions 0 and 2"), "{error}");
    let mut common: Vec<&str> = Vec::new();
    let pool = StringPool::default();
    common.extend(pool.iter().map(|(_, text)| text));
    common.push("name");
    let json = serde_json::to_string(&common).expect("strings");
    let error = serde_json::from_str::<StringPool>(&json).expect_err("twice a common string");
    assert!(error.to_string().contains(r#"positions 10 and 22 of the pool are both "name""#), "{error}");
}

#[test]
fn wrong_types_are_refused() {
    for wrong in ["{}", "1", r#""text""#, "[1]", "[null]"] {
        assert!(serde_json::from_str::<StringPool>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_declared_length_is_not_believed() {
    struct Boasting(std::vec::IntoIter<&'static str>);

    impl Iterator for Boasting {
        type Item = StrDeserializer<'static, Error>;

        fn next(&mut self) -> Option<Self::Item> {
            self.0.next().map(serde::de::IntoDeserializer::into_deserializer)
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, Some(usize::MAX))
        }
    }

    let (pool, counts) = TestAllocator::count(|| {
        StringPool::<flow_arena::DefaultHashBuilder>::deserialize(SeqDeserializer::new(Boasting(
            vec!["a", "b"].into_iter(),
        )))
    });
    assert_eq!(texts(&pool.expect("two strings")), ["a", "b"]);
    assert!(counts.allocated_bytes < 1 << 20, "{counts:?}");
}

#[test]
fn statistics_are_data_too() {
    let pool = pool_of(&["a", "bc"]);
    let stats = serde_json::to_value(pool.stats()).expect("numbers");
    assert_eq!((&stats["strings"], &stats["bytes"], &stats["misses"]), (&2.into(), &3.into(), &2.into()));
}

#[test]
fn serialized_pools_come_back() {
    fn property(strings: Vec<String>) -> bool {
        let pool: StringPool = strings.iter().collect();
        let json = serde_json::to_string(&pool).expect("strings");
        let read: FrozenStringPool = serde_json::from_str(&json).expect("the same strings");
        pool.iter().eq(read.iter()) && pool.iter().all(|(symbol, text)| read.get_symbol(text) == Some(symbol))
    }
    check("string-pool", "serialized_pools_come_back", property as fn(Vec<String>) -> bool);
}
