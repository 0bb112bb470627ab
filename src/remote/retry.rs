//! Whether a failed request is sent again, and when: a pure function.
//!
//! Not responsible for whether sending again is harmless; that the caller knows.

use std::time::Duration;

use jiff::Timestamp;

/// Requests in all for one purpose. Six with the waits below outlast a restart of the target.
pub const MAX_ATTEMPTS: u32 = 6;
/// Requests in all while the target has not answered anything yet. A wrong URL is more likely then
/// than a restart, and whoever typed it is waiting.
pub const MAX_FIRST_ATTEMPTS: u32 = 2;
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait that we choose ourselves.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// The longest wait that a target may ask for; one that asks for more is treated as down.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(2);

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An answer that is not a success, with the wait that it asks for.
    Status(u16, Option<Duration>),
    /// No answer.
    Transport,
}

/// How long to wait before attempt `attempt + 1`, or `None` when it is over. `attempt` counts from
/// 1; `jitter` is from 0 to 1 and keeps many workers from coming back at the same moment.
#[must_use]
pub fn delay(attempt: u32, cause: Cause, jitter: f64) -> Option<Duration> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    let backoff = || {
        let wait = FIRST_WAIT.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST_WAIT);
        wait.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    };
    match cause {
        Cause::Status(429 | 503, Some(asked)) if asked > LONGEST_RETRY_AFTER => None,
        Cause::Status(429 | 503, Some(asked)) => Some(asked),
        Cause::Status(429 | 500 | 502 | 503 | 504, _) | Cause::Transport => Some(backoff()),
        Cause::Status(..) => None,
    }
}

/// The wait that a Retry-After header asks for: seconds or an HTTP date (RFC 9110 §10.2.3).
#[must_use]
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    // A date that has passed asks for no wait.
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attempt: u32, cause: Cause, milliseconds: Option<u64>) {
        assert_eq!(delay(attempt, cause, 1.0), milliseconds.map(Duration::from_millis), "{attempt} {cause:?}");
    }

    #[test]
    fn waits_double_until_they_are_long_and_end_after_the_last_attempt() {
        for (attempt, expected) in [(1, 250), (2, 500), (3, 1000), (4, 2000), (5, 4000)] {
            check(attempt, Cause::Transport, Some(expected));
            check(attempt, Cause::Status(502, None), Some(expected));
        }
        check(MAX_ATTEMPTS, Cause::Transport, None);
        assert_eq!(delay(1, Cause::Transport, 0.0), Some(Duration::from_millis(125)), "jitter takes at most half");
    }

    #[test]
    fn a_target_that_names_a_wait_gets_it_unless_it_is_absurd() {
        let seconds = |n| Some(Duration::from_secs(n));
        check(1, Cause::Status(429, seconds(0)), Some(0));
        check(3, Cause::Status(503, seconds(7)), Some(7000));
        check(1, Cause::Status(429, seconds(86_400)), None);
        check(1, Cause::Status(429, None), Some(250));
        check(MAX_ATTEMPTS, Cause::Status(429, seconds(0)), None);
    }

    #[test]
    fn what_cannot_get_better_is_not_repeated() {
        for status in [400, 401, 403, 404, 409, 412, 413, 501] {
            check(1, Cause::Status(status, None), None);
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().expect("a time");
        let read = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(7));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-1"), None);
    }
}
