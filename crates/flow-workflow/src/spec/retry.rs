//! [`RetrySpec`]: a retry policy as plain data.

use std::time::Duration;

use crate::{
    Retry,
    retry::{BASE, CAP},
};

/// When a failed node is tried again, as plain data: a [`Retry`] without a condition, which only code can say.
///
/// ```
/// use std::time::Duration;
///
/// use flow_workflow::RetrySpec;
///
/// let retry = RetrySpec::Fixed { retries: 2, delay: Duration::from_secs(1) }.to_retry();
/// assert_eq!(retry.delay(1, 0.0), Some(Duration::from_secs(1)));
/// ```
///
/// In files it is `{"fixed": {"retries": 2, "delay_in_seconds": 1}}`, or `{"exponential": {"retries": 3}}` with more
/// fields if wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum RetrySpec {
    /// [`Retry::fixed`].
    Fixed {
        /// The most attempts after the first.
        retries: u32,
        /// How long after the end of one attempt the next one starts. In files `delay_in_seconds`.
        #[cfg_attr(
            feature = "serde",
            serde(rename = "delay_in_seconds", default, with = "super::seconds::required")
        )]
        delay: Duration,
    },
    /// [`Retry::exponential`].
    Exponential {
        /// The most attempts after the first.
        retries: u32,
        /// The first delay, before jitter. In files `base_in_seconds`; 0.1 by default.
        #[cfg_attr(
            feature = "serde",
            serde(rename = "base_in_seconds", default = "base", with = "super::seconds::required")
        )]
        base: Duration,
        /// The longest delay, before jitter. In files `cap_in_seconds`; 30 by default.
        #[cfg_attr(
            feature = "serde",
            serde(rename = "cap_in_seconds", default = "cap", with = "super::seconds::required")
        )]
        cap: Duration,
        /// Whether delays are multiplied by a random number between 0 and 1, as they are by default.
        #[cfg_attr(feature = "serde", serde(default = "jitter"))]
        jitter: bool,
    },
}

#[cfg(feature = "serde")]
fn base() -> Duration {
    BASE
}

#[cfg(feature = "serde")]
fn cap() -> Duration {
    CAP
}

#[cfg(feature = "serde")]
fn jitter() -> bool {
    true
}

impl RetrySpec {
    /// At most `retries` attempts after the first, each `delay` after the end of the one before.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use flow_workflow::{NodeSpec, RetrySpec};
    ///
    /// let mut node = NodeSpec::new("charge", "pay");
    /// node.retry = Some(RetrySpec::fixed(2, Duration::from_secs(1)));
    /// assert_eq!(node.retry.unwrap().to_retry().retries(), 2);
    /// ```
    #[must_use]
    pub fn fixed(retries: u32, delay: Duration) -> Self {
        Self::Fixed { retries, delay }
    }

    /// At most `retries` attempts after the first, with the delays that [`Retry::exponential`] has by default.
    ///
    /// ```
    /// use flow_workflow::{NodeSpec, RetrySpec};
    ///
    /// let mut node = NodeSpec::new("charge", "pay");
    /// node.retry = Some(RetrySpec::exponential(3));
    /// assert_eq!(node.retry.unwrap().to_retry().retries(), 3);
    /// ```
    #[must_use]
    pub fn exponential(retries: u32) -> Self {
        Self::Exponential { retries, base: BASE, cap: CAP, jitter: true }
    }

    /// The policy.
    #[must_use]
    pub fn to_retry(&self) -> Retry {
        match *self {
            Self::Fixed { retries, delay } => Retry::fixed(retries, delay),
            Self::Exponential { retries, base, cap, jitter } => {
                Retry::exponential(retries).base(base).cap(cap).jitter(jitter)
            }
        }
    }
}
