//! What the nodes of a run share by name: [`Data`], with typed [`Key`]s.

mod error;

use std::{
    any::{Any, type_name},
    fmt,
    marker::PhantomData,
    sync::Arc,
};

use flow_concurrent::ConcurrentMap;

pub use error::DataError;

use crate::sync::of_process::OnceLock;

/// The name of a value in [`Data`], and its type.
///
/// ```
/// use flow_workflow::{Data, Key};
///
/// const TOTAL: Key<u64> = Key::new("total");
///
/// let data = Data::new();
/// data.set(TOTAL, 7);
/// assert_eq!(data.get(TOTAL)?, 7);
/// # Ok::<(), flow_workflow::DataError>(())
/// ```
///
/// The name is the identity: two keys with the same name and different types mean the same value, and reading it with the
/// wrong one is a [`DataError`].
pub struct Key<T> {
    name: &'static str,
    of: PhantomData<fn() -> T>,
}

impl<T> Key<T> {
    /// A key. To be a constant, usually.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// Its name.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::Key;
    /// const COUNT: Key<u32> = Key::new("count");
    /// assert_eq!(COUNT.name(), "count");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    fn wrong_type(self, found: &'static str) -> DataError {
        DataError::WrongType { key: self.name, expected: type_name::<T>(), found }
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key<{}>({:?})", type_name::<T>(), self.name)
    }
}

/// Values by [`Key`]: what a run begins with, what its nodes leave for each other, and what is there when it ends.
///
/// It is a handle: a clone is the same data. Two runs may share one, or each has its own. A value that one node is to hand
/// to those that depend on it is better off as the node's [output](crate::Context::set_output), which nobody can
/// overwrite.
///
/// # Cost
///
/// Each operation is one of a [`ConcurrentMap`]: it takes the lock of one shard for a moment. Values are kept behind an
/// `Arc`, so that [`set`](Self::set) allocates; [`get`](Self::get) clones the value, after the lock is released, and
/// [`get_arc`](Self::get_arc) does not. An empty `Data` costs one small allocation.
///
/// # Thread safety
///
/// `Send + Sync`. Operations on one key happen one after another. No code of a user runs under a lock, except what
/// [`update`](Self::update) needs: its closure, and `Clone` and `Drop` of the value.
///
/// ```
/// use flow_workflow::{Data, Key};
///
/// const USER: Key<String> = Key::new("user");
/// const RETRIES: Key<u32> = Key::new("retries");
///
/// let data = Data::new();
/// data.set(USER, "ada".to_owned());
/// data.set(RETRIES, 3);
/// let other = data.clone(); // The same data.
/// other.update(RETRIES, |retries| *retries -= 1)?;
/// assert_eq!((data.get(USER)?, data.get(RETRIES)?, data.len()), ("ada".to_owned(), 2, 2));
/// # Ok::<(), flow_workflow::DataError>(())
/// ```
#[derive(Clone, Default)]
pub struct Data {
    values: Arc<OnceLock<ConcurrentMap<&'static str, Value>>>,
}

#[derive(Clone)]
struct Value {
    value: Arc<dyn Any + Send + Sync>,
    type_name: &'static str,
}

impl Value {
    fn new<T: Send + Sync + 'static>(value: Arc<T>) -> Self {
        Self { value, type_name: type_name::<T>() }
    }

    fn downcast<T: Send + Sync + 'static>(self, key: Key<T>) -> Result<Arc<T>, DataError> {
        self.value.downcast().map_err(|_| key.wrong_type(self.type_name))
    }
}

impl Data {
    /// Data without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a value, in place of whatever was there.
    #[doc(alias = "Set")]
    pub fn set<T: Send + Sync + 'static>(&self, key: Key<T>, value: T) {
        self.set_arc(key, Arc::new(value));
    }

    /// [`set`](Self::set) of a value that is shared already.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use flow_workflow::{Data, Key};
    ///
    /// const IMAGE: Key<[u8; 4096]> = Key::new("image");
    ///
    /// let image = Arc::new([0; 4096]);
    /// let data = Data::new();
    /// data.set_arc(IMAGE, Arc::clone(&image)); // Copies nothing.
    /// assert!(Arc::ptr_eq(&data.get_arc(IMAGE)?, &image));
    /// # Ok::<(), flow_workflow::DataError>(())
    /// ```
    pub fn set_arc<T: Send + Sync + 'static>(&self, key: Key<T>, value: Arc<T>) {
        let values = self.values.get_or_init(ConcurrentMap::new);
        values.insert(key.name, Value::new(value));
    }

    /// A copy of a value.
    ///
    /// # Errors
    ///
    /// There is no value with that name, or it has another type.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Data, DataError, Key};
    ///
    /// let data = Data::new();
    /// data.set(Key::new("total"), 7_u64);
    /// assert_eq!(data.get(Key::<u64>::new("total")), Ok(7));
    /// assert!(matches!(data.get(Key::<String>::new("total")), Err(DataError::WrongType { .. })));
    /// ```
    #[doc(alias = "Get")]
    pub fn get<T: Clone + Send + Sync + 'static>(&self, key: Key<T>) -> Result<T, DataError> {
        self.get_arc(key).map(Arc::unwrap_or_clone)
    }

    /// A value, shared.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Mutex;
    ///
    /// use flow_workflow::{Data, Key};
    ///
    /// const LOG: Key<Mutex<Vec<String>>> = Key::new("log"); // No `Clone`.
    ///
    /// let data = Data::new();
    /// data.set(LOG, Mutex::default());
    /// data.get_arc(LOG)?.lock().unwrap().push("started".to_owned());
    /// assert_eq!(data.get_arc(LOG)?.lock().unwrap().len(), 1);
    /// # Ok::<(), flow_workflow::DataError>(())
    /// ```
    pub fn get_arc<T: Send + Sync + 'static>(&self, key: Key<T>) -> Result<Arc<T>, DataError> {
        let value = self.values.get().and_then(|values| values.get(key.name));
        value.ok_or(DataError::Missing { key: key.name })?.downcast(key)
    }

    /// Changes a value where it is; others see it before or after. A copy is made if somebody has it from
    /// [`get_arc`](Self::get_arc).
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get); then nothing is changed.
    ///
    /// # Panics
    ///
    /// If `change` does, or if it uses this data or any other `ConcurrentMap`, which could wait for itself. The value is
    /// then as `change` left it, or unchanged if `change` had a copy.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Data, Key};
    ///
    /// const SEEN: Key<Vec<u32>> = Key::new("seen");
    ///
    /// let data = Data::new();
    /// data.set(SEEN, vec![1]);
    /// assert_eq!(data.update(SEEN, |seen| { seen.push(2); seen.len() })?, 2);
    /// # Ok::<(), flow_workflow::DataError>(())
    /// ```
    pub fn update<T: Clone + Send + Sync + 'static, R>(
        &self,
        key: Key<T>,
        change: impl FnOnce(&mut T) -> R,
    ) -> Result<R, DataError> {
        let missing = || DataError::Missing { key: key.name };
        let values = self.values.get().ok_or_else(missing)?;
        let updated = values.update(key.name, |value| {
            if let Some(own) = Arc::get_mut(&mut value.value).and_then(|value| value.downcast_mut()) {
                return Ok(change(own));
            }
            // Somebody else has it too, or its type is wrong.
            let mut own = T::clone(&*value.clone().downcast(key)?);
            let result = change(&mut own);
            *value = Value::new(Arc::new(own));
            Ok(result)
        });
        updated.ok_or_else(missing)?
    }

    /// Takes a value out.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get); a value of another type stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Data, Key};
    ///
    /// const TOKEN: Key<String> = Key::new("token");
    ///
    /// let data = Data::new();
    /// data.set(TOKEN, "secret".to_owned());
    /// assert_eq!(*data.remove(TOKEN)?, "secret");
    /// assert!(!data.contains(TOKEN) && data.remove(TOKEN).is_err());
    /// # Ok::<(), flow_workflow::DataError>(())
    /// ```
    #[doc(alias = "Delete")]
    pub fn remove<T: Send + Sync + 'static>(&self, key: Key<T>) -> Result<Arc<T>, DataError> {
        let missing = || DataError::Missing { key: key.name };
        let values = self.values.get().ok_or_else(missing)?;
        let mut found = None;
        let removed = values.remove_if(key.name, |_, value| {
            found = (!value.value.is::<T>()).then_some(value.type_name);
            found.is_none()
        });
        match (removed, found) {
            (Some((_, value)), _) => value.downcast(key),
            (None, Some(found)) => Err(key.wrong_type(found)),
            (None, None) => Err(missing()),
        }
    }

    /// Whether there is a value with that name, of whatever type.
    #[must_use]
    #[doc(alias = "Has")]
    pub fn contains<T>(&self, key: Key<T>) -> bool {
        self.values.get().is_some_and(|values| values.contains_key(key.name))
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.get().map_or(0, ConcurrentMap::len)
    }

    /// Whether there are none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{Data, Key};
    /// let data = Data::new();
    /// assert!(data.is_empty());
    /// data.set(Key::new("count"), 1);
    /// assert_eq!(data.len(), 1);
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of all values, in no order.
    ///
    /// # Examples
    ///
    /// ```
    /// use flow_workflow::{Data, Key};
    ///
    /// let data = Data::new();
    /// data.set(Key::new("total"), 7_u64);
    /// data.set(Key::new("user"), "ada");
    /// let mut names = data.names();
    /// names.sort_unstable();
    /// assert_eq!(names, ["total", "user"]);
    /// ```
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.values.get().map_or_else(Vec::new, ConcurrentMap::keys)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values.get().map_or_else(Vec::new, ConcurrentMap::items);
        f.debug_map().entries(values.into_iter().map(|(name, value)| (name, value.type_name))).finish()
    }
}
