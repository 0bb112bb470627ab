//! Connections: no delay on small answers, and an end for those that never finish a request.
//!
//! Responsible for time, for how many there are, and for closing everything when the sandbox stops. The HTTP server reads
//! heads without any bound in time; the bound is laid around the stream instead.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long callers may take, and how many there may be at a time. The defaults are meant to be
/// kept; tests shorten them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// From the first byte of a request to the first of its answer; also for a connection that says
    /// nothing at all. By default 30 seconds: a body has its own, shorter bound, and what is left is
    /// time for the database.
    pub request: Duration,
    /// From a request's head to the end of its body; by default 10 seconds.
    pub body: Duration,
    /// Between requests, and for a caller who does not read the answer; by default 5 minutes, for
    /// clients close theirs sooner.
    pub idle: Duration,
    /// Connections at a time; by default 512, half of the files that a process may usually have
    /// open. Further ones wait in the system's queue until another ends.
    pub connections: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(30),
            body: Duration::from_secs(10),
            idle: Duration::from_mins(5),
            connections: 512,
        }
    }
}

/// How far stopping has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stopping {
    /// Not at all.
    No,
    /// Requests that are under way are answered, no new ones are taken.
    Finishing,
    /// Everything is closed.
    Now,
}

/// Accepts bounded connections.
pub(super) struct BoundedListener {
    pub(super) listener: TcpListener,
    pub(super) free: Arc<Semaphore>,
    pub(super) stopping: watch::Receiver<Stopping>,
    pub(super) bounds: Bounds,
}

impl Listener for BoundedListener {
    type Io = BoundedStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let place = Arc::clone(&self.free).acquire_owned().await;
        // Nobody closes the semaphore; without a place the connection would only go uncounted.
        let place = place.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let mut stopping = self.stopping.clone();
        let stopped = Box::pin(async move {
            // A sender that is gone means that the sandbox is gone.
            let _ = stopping.wait_for(|stopping| *stopping == Stopping::Now).await;
        });
        let bounds = self.bounds;
        let bound = Box::pin(sleep_until(Instant::now() + bounds.request));
        (BoundedStream { stream, bounds, bound, in_request: true, is_over: false, stopped, _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends by itself.
pub(super) struct BoundedStream {
    stream: TcpStream,
    bounds: Bounds,
    bound: Pin<Box<Sleep>>,
    in_request: bool,
    /// A future that has ended is not asked again.
    is_over: bool,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// Given back when the connection ends.
    _place: Option<OwnedSemaphorePermit>,
}

impl BoundedStream {
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.is_over = self.is_over
            || self.bound.as_mut().poll(context).is_ready()
            || self.stopped.as_mut().poll(context).is_ready();
        self.is_over
    }

    fn written(&mut self) {
        self.in_request = false;
        let end = Instant::now() + self.bounds.idle;
        self.bound.as_mut().reset(end);
    }
}

impl AsyncRead for BoundedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending if self.is_over(context) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Ready(Ok(())) if buffer.filled().len() > before => {
                if !self.in_request {
                    self.in_request = true;
                    let end = Instant::now() + self.bounds.request;
                    self.bound.as_mut().reset(end);
                }
                // A sender that drips bytes always has something to read.
                if self.is_over(context) {
                    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
                } else {
                    Poll::Ready(Ok(()))
                }
            }
            other => other,
        }
    }
}

impl AsyncWrite for BoundedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        match result {
            Poll::Ready(Ok(_)) => self.written(),
            Poll::Pending if self.is_over(context) => return Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            _ => {}
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        match result {
            Poll::Ready(Ok(_)) => self.written(),
            Poll::Pending if self.is_over(context) => return Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            _ => {}
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_takes_a_place_and_gives_it_back() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (_sender, stopping) = watch::channel(Stopping::No);
        let free = Arc::new(Semaphore::new(1));
        let mut bounded = BoundedListener { listener, free: Arc::clone(&free), stopping, bounds: Bounds::default() };
        let _callers = (TcpStream::connect(address).await, TcpStream::connect(address).await);
        let (first, _) = bounded.accept().await;
        assert_eq!(free.available_permits(), 0);
        drop(first);
        let (second, _) = bounded.accept().await;
        drop(second);
        assert_eq!(free.available_permits(), 1);
    }
}
