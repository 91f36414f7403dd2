//! [`ActionError`]: any error or text, and what kind of end it stands for.

use std::{any::Any, error::Error, fmt};

/// Why an attempt of a node failed.
///
/// Whatever is an error or a text becomes one, through `?` or `into`:
///
/// ```
/// use flow_workflow::ActionError;
///
/// fn parse(text: &str) -> Result<u32, ActionError> {
///     if text.is_empty() {
///         return Err("there is nothing to parse".into());
///     }
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(parse("").unwrap_err().to_string(), "there is nothing to parse");
/// assert!(parse("x").unwrap_err().downcast_ref::<std::num::ParseIntError>().is_some());
/// ```
///
/// It is not an [`Error`] itself, because then it could not be made from every error; [`source`](Self::source) is the
/// error that it was made from, and [`into_boxed`](Self::into_boxed) gives it away.
///
/// It is one pointer wide, so that a `Result<(), ActionError>` comes back in a register.
pub struct ActionError {
    parts: Box<Parts>,
}

struct Parts {
    kind: ActionErrorKind,
    source: Box<dyn Error + Send + Sync>,
}

const _: () = assert!(size_of::<Result<(), ActionError>>() == size_of::<usize>());

/// What kind of end an [`ActionError`] stands for.
///
/// ```
/// use flow_workflow::{ActionErrorKind, Context, Data, Executor, Workflow};
///
/// let workflow = Workflow::builder("order")
///     .node("charge", |_: &Context| unreachable!("a card without a number"))
///     .build()?;
/// let error = Executor::new(1).run(&workflow, &Data::new()).unwrap_err();
/// assert_eq!(error.report().failures()[0].error().kind(), ActionErrorKind::Panicked);
/// # Ok::<(), flow_workflow::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActionErrorKind {
    /// The action returned an error.
    Failed,
    /// The action panicked. The text of the error is that of the panic.
    Panicked,
    /// The action took longer than a timeout of its node allows.
    TimedOut,
    /// The action gave up because its run was cancelled, or the run's deadline passed.
    Cancelled,
}

impl ActionErrorKind {
    /// Its name, in lower case.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::ActionErrorKind;
    /// assert_eq!(ActionErrorKind::TimedOut.name(), ActionErrorKind::TimedOut.to_string());
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::TimedOut => "timed out",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for ActionErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl ActionError {
    /// Makes one from an error or a text, as `into` does.
    #[must_use]
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::of_kind(ActionErrorKind::Failed, error)
    }

    fn of_kind(kind: ActionErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { parts: Box::new(Parts { kind, source: source.into() }) }
    }

    /// What an action returns that gave up because its run was cancelled; see
    /// [`Context::check`](crate::Context::check). A node that returns it while the run is not cancelled has failed.
    ///
    /// ```
    /// use flow_workflow::{ActionError, Context};
    ///
    /// fn copy(context: &Context) -> Result<(), ActionError> {
    ///     for file in ["a", "b"] {
    ///         if context.is_cancelled() {
    ///             remove_partial_copies();
    ///             return Err(ActionError::cancelled());
    ///         }
    ///         println!("copying {file}");
    ///     }
    ///     Ok(())
    /// }
    /// # fn remove_partial_copies() {}
    /// ```
    #[must_use]
    pub fn cancelled() -> Self {
        Self::of_kind(ActionErrorKind::Cancelled, "the run was cancelled")
    }

    pub(crate) fn timed_out(text: String) -> Self {
        Self::of_kind(ActionErrorKind::TimedOut, text)
    }

    /// Of what `catch_unwind` caught.
    pub(crate) fn panicked(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        let text = text.unwrap_or_else(|| "a value that is not a string".to_owned());
        Self::of_kind(ActionErrorKind::Panicked, format!("panicked: {text}"))
    }

    /// What kind of end it stands for.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::{ActionError, ActionErrorKind};
    /// assert_eq!(ActionError::new("no paper").kind(), ActionErrorKind::Failed);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ActionErrorKind {
        self.parts.kind
    }

    /// The error that this one was made from.
    ///
    /// ```
    /// use flow_workflow::ActionError;
    ///
    /// let error = ActionError::from("x".parse::<u32>().unwrap_err());
    /// assert!(error.source().is::<std::num::ParseIntError>());
    /// ```
    #[must_use]
    pub fn source(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.parts.source
    }

    /// The error that this one was made from, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.parts.source.downcast_ref()
    }

    /// The error that this one was made from, for what takes any error.
    ///
    /// ```
    /// use std::error::Error;
    ///
    /// use flow_workflow::ActionError;
    ///
    /// fn order() -> Result<(), Box<dyn Error + Send + Sync>> {
    ///     Err(ActionError::new("no card")).map_err(ActionError::into_boxed)
    /// }
    ///
    /// assert_eq!(order().unwrap_err().to_string(), "no card");
    /// ```
    #[must_use]
    pub fn into_boxed(self) -> Box<dyn Error + Send + Sync> {
        self.parts.source
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for ActionError {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

/// As [`Display`](fmt::Display), which is what `main` and `unwrap` show; `{:#?}` has the structure.
impl fmt::Debug for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return fmt::Display::fmt(self, f);
        }
        let Parts { kind, source } = &*self.parts;
        f.debug_struct("ActionError").field("kind", kind).field("source", source).finish()
    }
}

/// The text of the error, and those of its sources, with colons between.
impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.parts.source)?;
        let mut source = self.parts.source.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
