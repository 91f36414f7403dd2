//! Maps as data: lengths that are true while others write, input that lies about its length, and both ways and back.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::{self, Debug},
    hash::RandomState,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use flow_concurrent::{ConcurrentMap, Map, ReadMap};
use flow_testkit::{TestAllocator, check, on_threads, within};
use serde::{
    Deserialize, Serialize, Serializer,
    de::value::{Error as DeError, MapDeserializer},
    ser::{Error as _, Impossible, SerializeMap},
};

use crate::{
    LIMIT,
    chaos::{Finally, Random},
    hashers::Constant,
    ignore,
};

/// Counts the entries of a map, and refuses one whose number is not the declared one.
struct Counting;

/// What [`Counting`] has seen.
struct Entries {
    declared: usize,
    sum: u64,
    keys: usize,
    values: usize,
}

#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl serde::ser::Error for Refused {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

impl SerializeMap for Entries {
    type Ok = u64;
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.keys += 1;
        key.serialize(Counting).map(drop)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.values += 1;
        self.sum += value.serialize(Counting)?;
        Ok(())
    }

    fn end(self) -> Result<u64, Refused> {
        if (self.keys, self.values) != (self.declared, self.declared) {
            return Err(Refused(format!("{} entries were declared, {} came", self.declared, self.keys)));
        }
        Ok(self.sum)
    }
}

macro_rules! refuse {
    ($($method:ident($($type:ty),*);)*) => {
        $(
            fn $method(self, $(_: $type),*) -> Result<u64, Refused> {
                Err(Refused::custom(stringify!($method)))
            }
        )*
    };
}

impl Serializer for Counting {
    type Ok = u64;
    type Error = Refused;
    type SerializeSeq = Impossible<u64, Refused>;
    type SerializeTuple = Impossible<u64, Refused>;
    type SerializeTupleStruct = Impossible<u64, Refused>;
    type SerializeTupleVariant = Impossible<u64, Refused>;
    type SerializeMap = Entries;
    type SerializeStruct = Impossible<u64, Refused>;
    type SerializeStructVariant = Impossible<u64, Refused>;

    fn serialize_u64(self, number: u64) -> Result<u64, Refused> {
        Ok(number)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Entries, Refused> {
        let declared = len.ok_or_else(|| Refused::custom("no length was declared"))?;
        Ok(Entries { declared, sum: 0, keys: 0, values: 0 })
    }

    refuse! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<u64, Refused> {
        Err(Refused::custom("some"))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<u64, Refused> {
        Err(Refused::custom("a newtype"))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<u64, Refused> {
        Err(Refused::custom("a variant"))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Refused> {
        Err(Refused::custom("a sequence"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Refused> {
        Err(Refused::custom("a tuple"))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Refused> {
        Err(Refused::custom("a tuple"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Refused> {
        Err(Refused::custom("a variant"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Refused> {
        Err(Refused::custom("a struct"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Refused> {
        Err(Refused::custom("a variant"))
    }
}

#[test]
fn the_serializer_of_these_tests_sees_a_wrong_length() {
    struct Wrong;
    impl Serialize for Wrong {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(2))?;
            map.serialize_entry(&1_u64, &1_u64)?;
            map.end()
        }
    }
    let refused = Wrong.serialize(Counting).expect_err("one entry is missing");
    assert_eq!(refused.to_string(), "2 entries were declared, 1 came");
}

/// Serializes while others insert and remove; what nobody touches is always there.
fn lengths_are_true<M: Map<u64, u64> + Serialize + Sync>(map: &M) {
    let rounds = if cfg!(flow_sanitize) { 100 } else { 1500 };
    let (writing, looks) = (AtomicUsize::new(2), AtomicUsize::new(0));
    (0..10).for_each(|key| ignore(map.insert(key, 5)));
    let fixed = AtomicBool::new(true);
    on_threads(3, |thread| {
        if thread < 2 {
            let _done = Finally(|| ignore(writing.fetch_sub(1, SeqCst)));
            let mut random = Random::new(thread as u64);
            // However long it takes until the reader has a processor.
            let enough = |round: &u32| *round >= rounds && looks.load(SeqCst) > 2;
            for _ in (0..).take_while(|round| !enough(round)) {
                let key = 10 + u64::from(random.below(200));
                if random.below(2) == 0 { ignore(map.insert(key, 0)) } else { ignore(map.remove(&key)) }
            }
            return;
        }
        while writing.load(SeqCst) > 0 {
            let sum = map.serialize(Counting).expect("the length is true");
            fixed.fetch_and(sum == 50, SeqCst);
            looks.fetch_add(1, SeqCst);
        }
    });
    assert!(fixed.into_inner(), "an entry that nobody touched was missing, or there twice");
}

#[test]
fn the_declared_length_is_true_while_others_write() {
    within(LIMIT, || {
        lengths_are_true(&ConcurrentMap::new());
        lengths_are_true(&ConcurrentMap::with_hasher(Constant));
        lengths_are_true(&ReadMap::new());
    });
}

/// Entries that claim to be very many.
struct Liar(u64);

impl Iterator for Liar {
    type Item = (u64, u64);

    fn next(&mut self) -> Option<(u64, u64)> {
        self.0 = self.0.checked_sub(1)?;
        Some((self.0, self.0))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, Some(usize::MAX))
    }
}

fn believes_no_liar<M: for<'de> Deserialize<'de> + Map<u64, u64>>() {
    let (map, counts) = TestAllocator::count(|| M::deserialize(MapDeserializer::<_, DeError>::new(Liar(10))));
    let map = map.expect("ten entries");
    assert!(counts.allocated_bytes < 16 << 20, "{counts:?}");
    assert_eq!(map.len(), 10);
    assert!((0..10).all(|key| map.get(&key) == Some(key)));
}

#[test]
fn a_length_that_lies_allocates_little() {
    believes_no_liar::<ConcurrentMap<u64, u64>>();
    believes_no_liar::<ConcurrentMap<u64, u64, RandomState>>();
    believes_no_liar::<ReadMap<u64, u64>>();
}

fn comes_back<M>(entries: &HashMap<String, Vec<u32>>) -> bool
where
    M: Serialize
        + for<'de> Deserialize<'de>
        + Map<String, Vec<u32>>
        + FromIterator<(String, Vec<u32>)>
        + PartialEq,
{
    let map: M = entries.clone().into_iter().collect();
    let text = serde_json::to_string(&map).expect("plain data");
    let plain: HashMap<String, Vec<u32>> = serde_json::from_str(&text).expect("an object");
    let back: M = serde_json::from_str(&text).expect("what was written");
    let from_plain: M =
        serde_json::from_str(&serde_json::to_string(entries).expect("plain data")).expect("an object");
    plain == *entries
        && back == map
        && from_plain == map
        && back.items().into_iter().collect::<HashMap<_, _>>() == *entries
        && back.len() == entries.len()
}

#[test]
fn serialized_maps_come_back() {
    fn property(entries: HashMap<String, Vec<u32>>) -> bool {
        comes_back::<ConcurrentMap<String, Vec<u32>>>(&entries)
            && comes_back::<ConcurrentMap<String, Vec<u32>, Constant>>(&entries)
            && comes_back::<ReadMap<String, Vec<u32>>>(&entries)
            && comes_back::<ReadMap<String, Vec<u32>, Constant>>(&entries)
    }
    check("concurrent-map", "serialized_maps_come_back", property as fn(HashMap<String, Vec<u32>>) -> bool);
}

fn refuses<M: for<'de> Deserialize<'de> + Map<String, u32> + Debug>() {
    for wrong in ["[1, 2]", "1", "null", "{\"a\": \"b\"}", "{\"a\": 1, \"b\"", "{\"a\": 1, \"b\": null}"] {
        assert!(serde_json::from_str::<M>(wrong).is_err(), "{wrong}");
    }
    let error = serde_json::from_str::<M>("[1, 2]").expect_err("a list");
    assert!(error.to_string().contains("expected a map"), "{error}");
    // As with a `HashMap`: the last one stays.
    let twice: M = serde_json::from_str("{\"a\": 1, \"b\": 2, \"a\": 3}").expect("an object");
    assert_eq!((twice.get("a"), twice.get("b"), twice.len()), (Some(3), Some(2), 2));
    assert!(serde_json::from_str::<M>("{}").expect("an object").is_empty());
}

#[test]
fn wrong_input_is_refused() {
    refuses::<ConcurrentMap<String, u32>>();
    refuses::<ReadMap<String, u32>>();
}

#[test]
fn a_snapshot_is_written_like_its_map() {
    let map: ReadMap<String, u32> = [("a".to_owned(), 1), ("b".to_owned(), 2)].into_iter().collect();
    let snapshot = map.snapshot();
    map.clear();
    let text = serde_json::to_string(&snapshot).expect("plain data");
    let back: BTreeMap<String, u32> = serde_json::from_str(&text).expect("an object");
    assert_eq!(back, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
    assert_eq!(serde_json::to_string(&map).expect("plain data"), "{}");
}
