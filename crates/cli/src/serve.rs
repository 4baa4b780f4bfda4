//! `plenary serve`, and `plenary` alone: ingest what is new, then serve.

use std::{io, net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result, anyhow};
use plenary_index::{Archive, Error, doctor, run};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};

use crate::{
    args::{LogFormat, Serve},
    config::Config,
    ingest, interrupt, log,
    print::{self, Exit, Voice},
};

/// Ingests what is new, says so, and serves.
pub(crate) fn ingest_and_serve(config: &Config, voice: Voice) -> Result<Exit> {
    // The port first: whoever started a second server should not wait for a run to hear it.
    let runtime = runtime()?;
    let listener = bind(&runtime, config.listen())?;
    match ingest::run(config, voice, false, run::ingest) {
        Ok(report) => {
            ingest::tell(config, voice, &report, false, false)?;
        }
        Err(error) if matches!(error.downcast_ref::<Error>(), Some(Error::Interrupted)) => return Err(error),
        Err(error) => {
            // What stands is served all the same, where there is something.
            if open(config, |_| ()).is_err() {
                return Err(error);
            }
            let _ = print::failure(&error);
            voice.say("serving the archive as it was before");
        }
    }
    answer(config, voice, runtime, listener, (LogFormat::Text, false))
}

/// Serves what has been ingested.
pub(crate) fn serve(config: &Config, voice: Voice, args: &Serve) -> Result<Exit> {
    let runtime = runtime()?;
    let listener = bind(&runtime, args.listen.unwrap_or(config.listen()))?;
    answer(config, voice, runtime, listener, (args.log_format, args.log_requests))
}

fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread().enable_all().build().context("cannot start the server's threads")
}

fn bind(runtime: &Runtime, address: SocketAddr) -> Result<TcpListener> {
    runtime.block_on(TcpListener::bind(address)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "{address} is in use, perhaps by another Plenary; stop it, or choose another with `plenary serve --listen ADDR` or `listen` in config.toml"
        ),
        io::ErrorKind::PermissionDenied => anyhow!("not allowed to listen on {address}; ports below 1024 need special rights"),
        _ => anyhow::Error::new(error).context(format!("cannot listen on {address}")),
    })
}

/// The site's settings where no site runs: its address is the one it would be served at.
pub(crate) fn site(config: &Config) -> plenary_web::Config {
    let mut web = config.web();
    if web.base_url.is_empty() {
        web.base_url = format!("http://{}", config.listen());
    }
    web
}

fn answer(
    config: &Config,
    voice: Voice,
    runtime: Runtime,
    listener: TcpListener,
    (format, requests): (LogFormat, bool),
) -> Result<Exit> {
    log::begin(format, requests);
    let say = |text: &str| match format {
        LogFormat::Text => voice.say(text),
        LogFormat::Json if voice.quiet => {}
        LogFormat::Json => log::say(text),
    };
    let (archive, is_last) = open(config, say)?;
    let address = listener.local_addr()?;
    let mut web = config.web();
    if web.base_url.is_empty() {
        // Citations and the API need an address that can be followed; the only one known is where this listens.
        web.base_url = format!("http://{address}");
    }
    let index = config.index();
    let app = plenary_web::app(archive.clone(), web);
    // Before anybody hears that this serves: a service manager that stops it at once is to be heard.
    interrupt::listen();
    say(&format!("serving at http://{address}  (stop with Ctrl-C)"));
    let served = runtime.block_on(async {
        if is_last {
            tokio::spawn(follow(archive));
            // A thread that nobody waits for: it may read for long, and stopping must not wait for it.
            std::thread::spawn(move || inspect(&index));
        }
        plenary_web::serve(listener, app, config.connections(), interrupt::stopped()).await
    });
    // Searches of visitors who were cut off still run; nobody waits for them.
    runtime.shutdown_timeout(AFTERWARDS);
    served?;
    say("stopped");
    Ok(Exit::Done)
}

/// How long what nobody waits for may go on after the last connection has ended.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// Opens the last commit; where it is damaged the one before, which is better than nothing. Says whether it is the last.
fn open(config: &Config, say: impl Fn(&str)) -> Result<(Archive, bool)> {
    let damage = match Archive::open(&config.index(), config.prefixes()) {
        Ok(archive) => return Ok((archive, true)),
        Err(error @ Error::Damaged(_)) => error,
        Err(error) => return Err(error.into()),
    };
    let Ok(archive) = Archive::open_previous(&config.index(), config.prefixes()) else { return Err(damage.into()) };
    say(&format!(
        "{damage}; until then the archive is served as it was before the last run: start this again after the repair"
    ));
    Ok((archive, false))
}

/// Reads every file of the index beside the server, for bytes that have changed on the disk.
fn inspect(index: &Path) {
    match doctor::damaged_files(index) {
        Ok(files) => files.iter().for_each(|file| {
            tracing::error!("`{}` is damaged, and answers may be wrong: run `plenary doctor --repair`", file.display());
        }),
        Err(error) => tracing::error!("whether the index is damaged is not known: {error}"),
    }
}

/// How often a server looks whether another process has committed.
const LOOK: Duration = Duration::from_secs(2);

/// Sees the commits of other processes: `plenary ingest` beside a running server.
async fn follow(archive: Archive) {
    let mut has_failed = false;
    loop {
        tokio::time::sleep(LOOK).await;
        let archive = archive.clone();
        let Ok(result) = tokio::task::spawn_blocking(move || archive.refresh()).await else { continue };
        // Once for each change, and not every two seconds.
        if result.is_err() != has_failed {
            has_failed = result.is_err();
            match result {
                Err(error) => tracing::error!("cannot see new commits, still serving the last one: {error}"),
                Ok(()) => tracing::warn!("new commits are seen again"),
            }
        }
    }
}
