//! Durations in files: numbers of seconds, which people can read and every language can write.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

fn read<E: Error>(seconds: f64) -> Result<Duration, E> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        E::custom(format_args!("{seconds} is not a number of seconds: it has to be from 0 to 1e19"))
    })
}

/// For `#[serde(with)]` on a [`Duration`].
pub(super) mod required {
    use super::{Deserialize, Deserializer, Duration, Serializer, read};

    pub(in crate::spec) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(in crate::spec) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        read(f64::deserialize(deserializer)?)
    }
}

/// For `#[serde(with)]` on an `Option<Duration>`.
pub(super) mod optional {
    use serde::Serialize;

    use super::{Deserialize, Deserializer, Duration, Serializer, read};

    #[expect(clippy::ref_option, reason = "the signature that serde wants")]
    pub(in crate::spec) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
    }

    pub(in crate::spec) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Option::<f64>::deserialize(deserializer)?.map(read).transpose()
    }
}
