//! Values by key: types, copies, and what happens at the wrong moment.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use flow_testkit::on_threads;
use flow_workflow::{Data, DataError, Key};

const COUNT: Key<u64> = Key::new("count");
const COUNT_AS_TEXT: Key<String> = Key::new("count");
const LIST: Key<Vec<u32>> = Key::new("list");

#[test]
fn what_is_set_is_there() {
    let data = Data::new();
    assert!(data.is_empty() && !data.contains(COUNT));
    assert_eq!(data.get(COUNT), Err(DataError::Missing { key: "count" }));
    data.set(COUNT, 7);
    assert_eq!(data.get(COUNT), Ok(7));
    data.set(COUNT, 8);
    assert_eq!((data.get(COUNT), data.len(), data.names()), (Ok(8), 1, vec!["count"]));
    assert_eq!(data.remove(COUNT).map(|value| *value), Ok(8));
    assert_eq!(data.remove(COUNT), Err(DataError::Missing { key: "count" }));
    assert!(data.is_empty());
}

#[test]
fn one_name_has_one_type() {
    let data = Data::new();
    data.set(COUNT, 7);
    let wrong = DataError::WrongType { key: "count", expected: "alloc::string::String", found: "u64" };
    assert_eq!(data.get(COUNT_AS_TEXT), Err(wrong));
    assert_eq!(data.remove(COUNT_AS_TEXT), Err(wrong));
    assert_eq!(data.update(COUNT_AS_TEXT, String::clear), Err(wrong));
    assert!(data.contains(COUNT_AS_TEXT));
    assert_eq!(data.get(COUNT), Ok(7), "it is still there");
    // Whoever sets it decides.
    data.set(COUNT_AS_TEXT, "seven".to_owned());
    assert_eq!(data.get_arc(COUNT_AS_TEXT).as_deref(), Ok(&"seven".to_owned()));
}

#[test]
fn what_is_taken_out_is_gone() {
    // Between a look at the type and one at the value, another value may come. None may be handed out twice.
    let data = Data::new();
    on_threads(2, |thread| {
        if thread == 0 {
            for number in 0..200_000 {
                data.set(COUNT_AS_TEXT, String::new());
                data.set(COUNT, number);
            }
        } else {
            let mut last = None;
            for _ in 0..200_000 {
                if let Ok(taken) = data.remove(COUNT) {
                    assert!(last < Some(*taken), "{taken} after {last:?}");
                    last = Some(*taken);
                }
            }
        }
    });
}

#[test]
fn a_change_copies_only_what_is_shared() {
    let data = Data::new();
    data.set(LIST, vec![1]);
    let address = |data: &Data| data.get_arc(LIST).map(|list| Arc::as_ptr(&list).addr());
    let before = address(&data);
    assert_eq!(data.update(LIST, |list| list.push(2)), Ok(()));
    assert_eq!(address(&data), before);
    let kept = data.get_arc(LIST).expect("a list");
    assert_eq!(data.update(LIST, |list| list.push(3)), Ok(()));
    assert_eq!((kept.as_slice(), data.get(LIST)), (&[1, 2][..], Ok(vec![1, 2, 3])));
}

#[test]
fn a_change_that_panics_leaves_the_value() {
    let data = Data::new();
    data.set(LIST, vec![1]);
    let change = || data.update(LIST, |_| panic!("as planned"));
    assert!(catch_unwind(AssertUnwindSafe(change)).is_err());
    assert_eq!(data.get(LIST), Ok(vec![1]));
    // With a reader that makes it a copy.
    let _kept = data.get_arc(LIST);
    assert!(catch_unwind(AssertUnwindSafe(|| data.update(LIST, |_| panic!("as planned")))).is_err());
    assert_eq!(data.get(LIST), Ok(vec![1]));
}

#[test]
fn a_change_that_uses_the_data_panics_instead_of_hanging() {
    let data = Data::new();
    data.set(COUNT, 1);
    let change = || data.update(COUNT, |_| data.set(COUNT, 2));
    assert!(catch_unwind(AssertUnwindSafe(change)).is_err());
    assert_eq!(data.get(COUNT), Ok(1));
}

#[test]
fn changes_do_not_get_lost() {
    let data = Data::new();
    data.set(COUNT, 0);
    on_threads(3, |_| {
        for _ in 0..1000 {
            data.update(COUNT, |count| *count += 1).expect("it is there");
        }
    });
    assert_eq!(data.get(COUNT), Ok(3000));
}

#[test]
fn a_clone_is_the_same_data() {
    let data = Data::new();
    data.clone().set(COUNT, 3);
    assert_eq!(data.get(COUNT), Ok(3));
    assert_eq!(format!("{data:?} {COUNT:?}"), "{\"count\": \"u64\"} Key<u64>(\"count\")");
}

#[test]
fn errors_say_what_to_do() {
    let data = Data::new();
    let text = data.get(COUNT).expect_err("it is missing").to_string();
    assert_eq!(
        text,
        "there is no value named 'count': set it before the run, or in a node that this one depends on"
    );
}
