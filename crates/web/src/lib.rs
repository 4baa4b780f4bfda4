//! Turns the archive's answers into pages and JSON. [`app`] is the whole site as a value, [`serve`] puts it on a socket.

pub mod config;

use std::io;

use axum::{Router, routing::get};
use plenary_index::Archive;
use tokio::net::TcpListener;

pub use crate::config::{Config, ListInfo, Milestone};

/// The whole site.
pub fn app(archive: Archive, config: Config) -> Router {
    let _ = (archive, config);
    Router::new().route("/healthz", get(|| async { "ok\n" }))
}

/// Serves the site until `shutdown` ends; requests under way are answered first.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, app).with_graceful_shutdown(shutdown).await
}
