//! [`Retry`]: when a failed node is tried again.

use std::{
    collections::hash_map::RandomState,
    fmt,
    hash::{BuildHasher, Hasher},
    sync::Arc,
    time::Duration,
};

use crate::{ActionError, ActionErrorKind};

/// Whether, how often and after which delays a failed node is tried again.
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::Retry;
///
/// let retry = Retry::exponential(3).base(Duration::from_millis(100)).cap(Duration::from_secs(1)).jitter(false);
/// let delays: Vec<_> = (1..=4).map(|failed| retry.delay(failed, 0.0)).collect();
/// let ms = |ms| Some(Duration::from_millis(ms));
/// assert_eq!(delays, [ms(100), ms(200), ms(400), None]);
/// ```
///
/// While a node waits for its next attempt, its thread runs other nodes.
#[derive(Clone, Default)]
pub struct Retry {
    retries: u32,
    base: Duration,
    doubles: bool,
    cap: Option<Duration>,
    jitter: bool,
    when: Option<Condition>,
}

/// The delays of [`Retry::exponential`].
pub(crate) const BASE: Duration = Duration::from_millis(100);
pub(crate) const CAP: Duration = Duration::from_secs(30);

type Condition = Arc<dyn Fn(&ActionError) -> bool + Send + Sync>;

impl Retry {
    /// No second attempt. The default.
    ///
    /// # Examples
    ///
    /// ```
    /// # use flow_workflow::Retry;
    /// assert_eq!((Retry::none().retries(), Retry::exponential(3).retries()), (0, 3));
    /// ```
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// At most `retries` attempts after the first, each `delay` after the end of the one before. Zero means at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::Retry;
    ///
    /// let retry = Retry::fixed(2, Duration::from_secs(1));
    /// assert_eq!(retry.delay(2, 0.0), Some(Duration::from_secs(1)));
    /// assert_eq!(retry.delay(3, 0.0), None);
    /// ```
    #[must_use]
    pub fn fixed(retries: u32, delay: Duration) -> Self {
        Self { retries, base: delay, ..Self::default() }
    }

    /// At most `retries` attempts after the first, with delays that double each time: by default from 100 milliseconds to
    /// 30 seconds, each multiplied by a random number between 0 and 1 ("full jitter", as in [Exponential Backoff And
    /// Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)), so that what failed together
    /// does not come back together.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::Retry;
    ///
    /// let retry = Retry::exponential(20);
    /// assert_eq!(retry.delay(1, 0.5), Some(Duration::from_millis(50)));
    /// assert_eq!(retry.delay(20, 0.5), Some(Duration::from_secs(15)));
    /// ```
    #[must_use]
    pub fn exponential(retries: u32) -> Self {
        Self { retries, base: BASE, doubles: true, cap: Some(CAP), jitter: true, when: None }
    }

    /// The first delay, before jitter.
    #[must_use]
    pub fn base(mut self, delay: Duration) -> Self {
        self.base = delay;
        self
    }

    /// The longest delay, before jitter.
    #[must_use]
    pub fn cap(mut self, delay: Duration) -> Self {
        self.cap = Some(delay);
        self
    }

    /// Whether delays are multiplied by a random number between 0 and 1.
    #[must_use]
    pub fn jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// Tries again only after errors for which `when` is true. What was cancelled is never tried again, and neither is a
    /// node whose total timeout has passed.
    ///
    /// # Panics
    ///
    /// If `when` panics, the node has failed with that panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    ///
    /// use flow_workflow::Retry;
    ///
    /// let retry = Retry::exponential(5).when(|error| error.downcast_ref::<io::Error>().is_some());
    /// assert!(retry.applies_to(&io::Error::other("busy").into()));
    /// assert!(!retry.applies_to(&"a mistake".into()));
    /// ```
    #[must_use]
    pub fn when(mut self, when: impl Fn(&ActionError) -> bool + Send + Sync + 'static) -> Self {
        self.when = Some(Arc::new(when));
        self
    }

    /// The most attempts that may follow the first.
    #[must_use]
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// Whether an attempt that failed with `error` may be followed by another, if there are any left.
    #[must_use]
    pub fn applies_to(&self, error: &ActionError) -> bool {
        error.kind() != ActionErrorKind::Cancelled && self.when.as_ref().is_none_or(|when| when(error))
    }

    /// How long to wait after `failed` failed attempts; `None` if there is no further one. `random`, from 0 to 1, is what
    /// the jitter multiplies by.
    #[must_use]
    pub fn delay(&self, failed: u32, random: f64) -> Option<Duration> {
        if failed > self.retries {
            return None;
        }
        let factor = if self.doubles { 2_u32.saturating_pow(failed.saturating_sub(1)) } else { 1 };
        let delay = self.base.saturating_mul(factor).min(self.cap.unwrap_or(Duration::MAX));
        if !self.jitter {
            return Some(delay);
        }
        // Neither what is no number nor what rounds up to too much does harm.
        let part = Duration::try_from_secs_f64(delay.as_secs_f64() * random.clamp(0.0, 1.0));
        Some(part.unwrap_or(delay))
    }
}

/// A random number from 0 to 1, without 1: for [`Retry::delay`].
#[expect(clippy::cast_precision_loss, reason = "53 bits fit a float exactly")]
pub(crate) fn random() -> f64 {
    // The standard library seeds its hashers from the system.
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

impl fmt::Debug for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { retries, base, doubles, cap, jitter, when } = self;
        f.debug_struct("Retry")
            .field("retries", retries)
            .field("base", base)
            .field("doubles", doubles)
            .field("cap", cap)
            .field("jitter", jitter)
            .field("when", &when.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    //! What is drawn at random.

    use super::*;

    #[test]
    fn random_numbers_fill_the_range() {
        let draws: Vec<f64> = (0..10_000).map(|_| random()).collect();
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
        // Ten standard deviations on either side.
        let mean = draws.iter().sum::<f64>() / 10_000.0;
        assert!((0.471..0.529).contains(&mean), "{mean}");
    }
}
