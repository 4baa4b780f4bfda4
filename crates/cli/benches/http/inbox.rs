//! public-inbox beside Plenary: the first messages of the same dumps, indexed by it and served by its own server.

use std::{
    error::Error,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use plenary_index::ingest::{
    mbox::{self, Piece},
    source::{self, Limits},
};

use crate::{
    client::{self, Load, Tally},
    row,
};

/// Messages it gets: it takes some three hundred in a second.
const MESSAGES: usize = 4_500;
/// How long its server may take to begin.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Imports, indexes, serves, asks.
pub(crate) fn measure(
    dumps: &[PathBuf],
    folder: &Path,
    common: &[&str],
    length: Duration,
) -> Result<(), Box<dyn Error>> {
    let home = folder.join("inbox-home");
    let maildir = folder.join("inbox-mail");
    let inbox = folder.join("inbox");
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(maildir.join(part))?;
    }
    fs::create_dir_all(&home)?;
    let messages = lay(dumps, &maildir)?;
    let run = |program: &str, args: &[&str]| -> Result<(), Box<dyn Error>> {
        let output =
            Command::new(program).args(args).env("HOME", &home).env("PI_DIR", home.join(".public-inbox")).output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    };
    let (inbox_path, maildir_path) = (inbox.to_string_lossy().into_owned(), maildir.to_string_lossy().into_owned());
    run("public-inbox-init", &["-V2", "-L", "full", "list", &inbox_path, "http://127.0.0.1/list", "list@example.org"])?;
    let begun = Instant::now();
    // lei is not in every build; the watcher imports a Maildir that is there, and ends when told to.
    let config = home.join(".public-inbox/config");
    let mut text = fs::OpenOptions::new().append(true).open(&config)?;
    writeln!(
        text,
        "[publicinbox \"list\"]\n\twatch = maildir:{maildir_path}/\n[publicinboxwatch]\n\tspamcheck = none"
    )?;
    let mut watch = Server(
        Command::new("public-inbox-watch")
            .env("HOME", &home)
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("inbox-watch.log"))?)
            .spawn()?,
    );
    wait_until_still(&inbox)?;
    let _ = Command::new("kill").args(["-QUIT", &watch.0.id().to_string()]).status();
    let _ = watch.0.wait();
    run("public-inbox-index", &[&inbox_path])?;
    println!("public-inbox: {messages} messages imported and indexed in {:.0} s", begun.elapsed().as_secs_f64());

    let address = "127.0.0.1:18931";
    let _server = Server(
        Command::new("public-inbox-httpd")
            .args(["-l", address, "-W1"])
            .env("HOME", &home)
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("inbox-httpd.log"))?)
            .spawn()?,
    );
    let begun = Instant::now();
    while !matches!(client::get(address, "/list/"), Ok(200)) {
        if begun.elapsed() > PATIENCE {
            return Err(format!(
                "public-inbox-httpd does not serve: {}",
                fs::read_to_string(folder.join("inbox-httpd.log"))?
            )
            .into());
        }
        thread::sleep(Duration::from_millis(200));
    }
    let addresses: Vec<String> = common.iter().map(|query| crate::address("/list/", query)).collect();
    for clients in [1, 8] {
        let load = Load { server: address.into(), clients, gzip: false, addresses: addresses.clone(), once: false };
        let tally: Tally = load.run(length);
        row(&format!("public-inbox, one worker, {clients} clients"), &tally);
    }
    Ok(())
}

/// Writes each of the first messages into a file of its own.
fn lay(dumps: &[PathBuf], maildir: &Path) -> Result<usize, Box<dyn Error>> {
    let limits = Limits::default();
    let mut count = 0;
    for dump in dumps {
        for piece in mbox::split(source::expand(dump, &limits)?, &limits) {
            if let Piece::Message(raw) = piece? {
                fs::write(maildir.join(format!("new/{count}.list")), mbox::unescape(&raw))?;
                count += 1;
                if count == MESSAGES {
                    return Ok(count);
                }
            }
        }
    }
    Ok(count)
}

/// Waits until nothing in a folder has grown for some seconds.
fn wait_until_still(folder: &Path) -> Result<(), Box<dyn Error>> {
    let (mut last, mut still) = (0, 0);
    let begun = Instant::now();
    while still < 6 {
        thread::sleep(Duration::from_secs(1));
        let size = bytes_of(folder);
        still = if size == last && size > 0 { still + 1 } else { 0 };
        last = size;
        if begun.elapsed() > Duration::from_secs(600) {
            return Err("public-inbox-watch imports for more than ten minutes".into());
        }
    }
    Ok(())
}

fn bytes_of(folder: &Path) -> u64 {
    let (mut sum, mut folders) = (0, vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => sum += about.len(),
                Err(_) => {}
            }
        }
    }
    sum
}
