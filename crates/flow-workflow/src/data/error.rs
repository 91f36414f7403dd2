//! Why a value cannot be read.

/// Why [`Data`](crate::Data) does not give a value.
///
/// ```
/// use flow_workflow::{Data, DataError, Key};
///
/// const TOTAL: Key<u64> = Key::new("total");
///
/// let data = Data::new();
/// assert_eq!(data.get(TOTAL), Err(DataError::Missing { key: "total" }));
/// data.set(TOTAL, 12);
/// assert_eq!(data.get(TOTAL), Ok(12));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Nobody has set it.
    #[error("there is no value named '{key}': set it before the run, or in a node that this one depends on")]
    Missing {
        /// The key's name.
        key: &'static str,
    },
    /// It was set with a key of the same name and another type.
    #[error(
        "the value named '{key}' is a {found}, not a {expected}: keys with the same name must have the same type"
    )]
    WrongType {
        /// The key's name.
        key: &'static str,
        /// The key's type.
        expected: &'static str,
        /// The type of the value.
        found: &'static str,
    },
}
