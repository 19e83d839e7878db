//! Retry: when to ask again.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How often and when a request is made again that failed for a passing reason: the connection broke or was refused,
/// nothing came for a while, or the server answered 408, 429, 500, 502, 503, 504, or what Cloudflare says of a server behind it, 520 to 530.
///
/// ```
/// use std::time::Duration;
/// use atdata::ReadOptions;
/// use atdata::source::Retry;
///
/// let retry = Retry::new().attempts(3).timeout(Duration::from_secs(10));
/// let options = ReadOptions::new().retry(retry);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Retry {
    attempts: u32,
    first: Duration,
    longest: Duration,
    timeout: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self::new()
    }
}

impl Retry {
    /// Eight attempts, after pauses of a tenth of a second at first and 20 seconds at most; no answer for a minute counts
    /// as a broken connection.
    pub fn new() -> Self {
        Self {
            attempts: 8,
            first: Duration::from_millis(100),
            longest: Duration::from_secs(20),
            timeout: Duration::from_secs(60),
        }
    }

    /// Attempts in all, at least one. A download that breaks off is taken up where it was, and once some of it has
    /// arrived the count begins anew.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The pause before the second attempt, which doubles with each, up to `longest`; the real pause is a random one
    /// between half of it and all of it. What a server asks for in `Retry-After`, in seconds or until a date, is kept to, but is a
    /// failure if it is more than `longest`.
    pub fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest.max(first);
        self
    }

    /// For how long nothing may come from a server before the connection counts as broken.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    #[cfg(feature = "s3")]
    pub(crate) fn of_object_store(&self) -> object_store::RetryConfig {
        object_store::RetryConfig {
            backoff: object_store::BackoffConfig { init_backoff: self.first, max_backoff: self.longest, base: 2.0 },
            max_retries: self.attempts.saturating_sub(1) as usize,
            // As long as the signature of a request is good.
            retry_timeout: Duration::from_secs(4 * 60),
        }
    }

    pub(crate) fn silence(&self) -> Duration {
        self.timeout
    }

    /// The pause behind the `failed`th attempt in a row; `None` if it was the last.
    pub(crate) fn pause(&self, failed: u32, asked: Option<Duration>) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
        let pause = self.first.saturating_mul(doubled).min(self.longest);
        let pause = pause / 2 + (pause / 2).mul_f64(random());
        match asked {
            Some(asked) if asked > self.longest => None,
            Some(asked) => Some(asked.max(pause)),
            None => Some(pause),
        }
    }
}

/// Between 0 and 1; so that many readers that failed together do not come back together. It decides nothing else.
fn random() -> f64 {
    let bits = RandomState::new().hash_one(0);
    f64::from(u32::try_from(bits >> 32).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry::new().attempts(5).pauses(Duration::from_secs(1), Duration::from_secs(3));
        for (failed, whole) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
            let pause = retry.pause(failed, None).map(|pause| pause.as_secs_f64());
            assert!(
                pause.is_some_and(|pause| pause >= f64::from(whole) / 2.0 && pause <= f64::from(whole)),
                "{pause:?}"
            );
        }
        assert_eq!(retry.pause(5, None), None);
    }

    #[test]
    fn what_the_server_asks_for_is_kept_to_within_the_limit() {
        let retry = Retry::new().pauses(Duration::from_millis(1), Duration::from_secs(3));
        assert_eq!(retry.pause(1, Some(Duration::from_secs(2))), Some(Duration::from_secs(2)));
        assert_eq!(retry.pause(1, Some(Duration::from_secs(4))), None);
    }
}
