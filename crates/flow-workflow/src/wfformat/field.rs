//! Fields that may have any type, so that a wrong one can be named with the task that has it.
//!
//! serde stops at the first value of a wrong type, where it knows a line and a column, but no task. Here only what is not
//! JSON at all stops it. Nothing of a wrong type is kept.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// What a field has.
#[derive(Default)]
pub(super) enum Field<T> {
    /// Nothing, or `null`.
    #[default]
    Missing,
    /// What was expected.
    Right(T),
    /// Something else, which is described.
    Wrong(&'static str),
}

/// What can be expected in a field. Each type takes one kind of values; the others are refused, but read to their end.
pub(super) trait Expected<'de>: Sized {
    /// What is expected, for errors.
    const WHAT: &'static str;

    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }

    fn from_number(_: f64) -> Option<Self> {
        None
    }

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de, T: Expected<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Expected<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Field::Missing)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Field::Wrong(if value { "true" } else { "false" }))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Borrowed(text)).map_or(Field::Wrong("a string"), Field::Right))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(T::from_text(Cow::Owned(text)).map_or(Field::Wrong("a string"), Field::Right))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(T::from_number(number).map_or(Field::Wrong("a number"), Field::Right))
    }

    // Rounding is no loss: a number that needs more than 53 bits is refused as a time.
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        self.visit_f64(number as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Ok(T::from_list(list)?.map_or(Field::Wrong("a list"), Field::Right))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Ok(T::from_object(object)?.map_or(Field::Wrong("an object"), Field::Right))
    }
}

/// A text, which is a part of the file's own if that has it without escapes.
#[derive(Debug)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Expected<'de> for Text<'a> {
    const WHAT: &'static str = "a string";

    fn from_text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self(text))
    }
}

/// A number. JSON has no infinities and no NaN.
#[derive(Debug)]
pub(super) struct Number(pub(super) f64);

impl Expected<'_> for Number {
    const WHAT: &'static str = "a number";

    fn from_number(number: f64) -> Option<Self> {
        Some(Self(number))
    }
}

/// A list of texts.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    /// Those before the first that is none.
    pub(super) items: Vec<Cow<'a, str>>,
    /// The first that is none: its position, and what it is.
    pub(super) wrong: Option<(usize, &'static str)>,
}

impl<'de: 'a, 'a> Expected<'de> for Texts<'a> {
    const WHAT: &'static str = "a list of strings";

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut texts = Self { items: Vec::new(), wrong: None };
        while let Some(item) = list.next_element::<Field<Text<'a>>>()? {
            let found = match item {
                Field::Right(Text(text)) => {
                    texts.items.push(text);
                    continue;
                }
                Field::Missing => "null",
                Field::Wrong(found) => found,
            };
            texts.wrong = Some((texts.items.len(), found));
            while list.next_element::<IgnoredAny>()?.is_some() {}
            break;
        }
        Ok(Some(texts))
    }
}

/// An object whose fields `derive` reads.
macro_rules! objects {
    ($($name:ident)*) => {$(
        impl<'de: 'a, 'a> Expected<'de> for $name<'a> {
            const WHAT: &'static str = "an object";

            fn from_object<A: serde::de::MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
                Self::deserialize(serde::de::value::MapAccessDeserializer::new(object)).map(Some)
            }
        }
    )*};
}
pub(super) use objects;
