//! The asynchronous part of a run: only commands that speak to a target start it.

use std::future::Future;

use super::exit::Exit;
use super::failure::Failure;

/// Runs a future to its end on a runtime of its own. Two threads: one for the coordinator and its
/// connections, one so that parsing an answer never holds a socket up.
pub fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Error, format!("cannot start the runtime: {error}")))?;
    let result = runtime.block_on(future);
    // What a cancelled run left behind is not waited for.
    runtime.shutdown_background();
    result
}

/// Ends when the process is asked to: Ctrl-C, or the signal that pipelines send.
pub async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without a handler there is nothing to wait for: then only the system's own way is left.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}
