//! One limiter for every request: how many are under way, how many start in a second, and when
//! the target wants to be left alone.
//!
//! Not responsible for whether a request is repeated (`retry`).

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How much of a target's rate is used.
const SHARE_OF_RATE: f64 = 0.97;
/// Which part of a second's requests may start at once.
const BURST_PART: u32 = 100;

/// How many requests may be under way: half after a 429, one more after as many successes as there
/// are places.
#[derive(Debug)]
struct Window {
    most: usize,
    limit: usize,
    /// Places to take away as requests come back.
    debt: usize,
    successes: usize,
    /// Counts the halvings: of many requests that are refused together only the first one halves.
    epoch: u64,
    quiet_until: Option<Instant>,
}

/// What becomes of the place of a request that came back.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Kept,
    TakenAway,
    /// Kept, and one more is opened.
    Doubled,
}

impl Window {
    fn new(most: usize) -> Self {
        Self { most, limit: most, debt: 0, successes: 0, epoch: 0, quiet_until: None }
    }

    fn throttled(&mut self, epoch: u64) {
        if epoch == self.epoch {
            let limit = (self.limit / 2).max(1);
            self.debt += self.limit - limit;
            self.limit = limit;
            self.epoch += 1;
        }
        self.successes = 0;
    }

    fn came_back(&mut self, success: bool) -> Place {
        if success && self.limit < self.most {
            self.successes += 1;
            if self.successes >= self.limit {
                self.successes = 0;
                self.limit += 1;
                if self.debt == 0 {
                    return Place::Doubled;
                }
                self.debt -= 1;
            }
        }
        if self.debt > 0 {
            self.debt -= 1;
            return Place::TakenAway;
        }
        Place::Kept
    }
}

/// The limiter that all workers share.
#[derive(Debug)]
pub(super) struct Limiter {
    places: Arc<Semaphore>,
    window: Mutex<Window>,
    rate: Option<DefaultDirectRateLimiter>,
}

/// The right to have one request under way.
#[derive(Debug)]
pub(super) struct Permit {
    place: OwnedSemaphorePermit,
    epoch: u64,
}

impl Limiter {
    pub fn new(concurrency: usize, per_second: Option<NonZeroU32>) -> Self {
        let concurrency = concurrency.max(1);
        let rate = per_second.map(|rate| {
            // What arrives within one second must not pass the target's limit, although requests do
            // not take equally long to get there: three in a hundred fewer, and hardly more at once
            // than a tick of the timer (1 ms) lets pass.
            let period = Duration::from_secs_f64(1.0 / (f64::from(rate.get()) * SHARE_OF_RATE));
            let burst = NonZeroU32::new(rate.get() / BURST_PART).unwrap_or(NonZeroU32::MIN);
            let quota = Quota::with_period(period).expect("a rate has a period").allow_burst(burst);
            RateLimiter::direct(quota)
        });
        Self { places: Arc::new(Semaphore::new(concurrency)), window: Mutex::new(Window::new(concurrency)), rate }
    }

    fn window(&self) -> std::sync::MutexGuard<'_, Window> {
        // The numbers are consistent after every statement, so a panic elsewhere spoils nothing.
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place, for the target's peace and for the rate, in this order.
    pub async fn acquire(&self) -> Permit {
        let place = Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed");
        loop {
            let quiet_until = self.window().quiet_until;
            match quiet_until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => break,
            }
        }
        if let Some(rate) = &self.rate {
            rate.until_ready().await;
        }
        Permit { place, epoch: self.window().epoch }
    }

    /// Gives a place back.
    pub fn release(&self, permit: Permit, success: bool) {
        let place = self.window().came_back(success);
        match place {
            Place::Kept => {}
            Place::TakenAway => permit.place.forget(),
            Place::Doubled => self.places.add_permits(1),
        }
    }

    /// Gives a place back after an answer that asks for peace: nobody sends before the wait is over,
    /// and after a 429 fewer at once from now on.
    pub fn release_waiting(&self, permit: Permit, wait: Duration, throttled: bool) {
        {
            let mut window = self.window();
            if throttled {
                window.throttled(permit.epoch);
            }
            let until = Instant::now() + wait;
            window.quiet_until = Some(window.quiet_until.map_or(until, |earlier| earlier.max(until)));
        }
        self.release(permit, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrency_halves_once_for_a_volley_of_refusals_and_grows_back() {
        let mut window = Window::new(8);
        for _ in 0..8 {
            window.throttled(0);
        }
        assert_eq!((window.limit, window.debt), (4, 4));
        let places: Vec<_> = (0..8).map(|_| window.came_back(false)).collect();
        assert_eq!(places.iter().filter(|place| **place == Place::TakenAway).count(), 4);
        let mut opened = 0;
        for _ in 0..100 {
            opened += usize::from(window.came_back(true) == Place::Doubled);
        }
        assert_eq!((window.limit, opened), (8, 4));
    }

    #[test]
    fn one_place_is_always_left() {
        let mut window = Window::new(2);
        for epoch in 0..5 {
            window.throttled(epoch);
        }
        assert_eq!(window.limit, 1);
    }
}
