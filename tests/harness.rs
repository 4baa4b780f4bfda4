//! A data folder of its own for each test, the program run on it, and a tiny HTTP client.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, OnceLock},
};

use serde_json::Value;
use tempfile::TempDir;

/// A data folder that goes away with its test.
pub(crate) struct Site {
    folder: PathBuf,
    /// Removes the folder with the test; `None` for one that stays in the target folder.
    _removed: Option<TempDir>,
}

/// What the program said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Site {
    /// An archive with these dumps: list, file name, content.
    pub(crate) fn with(dumps: &[(&str, &str, &[u8])]) -> Site {
        let folder = TempDir::new().unwrap();
        let site = Site { folder: folder.path().to_owned(), _removed: Some(folder) };
        fs::create_dir_all(site.data().join("lists")).unwrap();
        for (list, name, bytes) in dumps {
            site.put(list, name, bytes);
        }
        site
    }

    /// These files of `tests/fixtures`, each in its list, ingested.
    #[track_caller]
    pub(crate) fn of(fixtures: &[(&str, &str)]) -> Site {
        let site = Site::with(&[]);
        fixtures.iter().for_each(|(list, name)| site.put(list, name, &fixture(name)));
        site.ingest();
        site
    }

    /// The shipped sample.
    pub(crate) fn sample() -> Site {
        let site = Site::with(&[]);
        site.put_sample();
        site
    }

    /// The shipped sample, ingested, for many tests that only read it. Statics are never dropped, so it lies in the target
    /// folder, where the next run replaces it.
    pub(crate) fn shared_sample() -> &'static Site {
        static SAMPLE: OnceLock<Site> = OnceLock::new();
        SAMPLE.get_or_init(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sample");
            let _ = fs::remove_dir_all(&folder);
            let site = Site { folder, _removed: None };
            site.put_sample();
            site.ingest();
            site
        })
    }

    fn put_sample(&self) {
        for (name, bytes) in plenary_sample::shipped() {
            let path = self.data().join("lists").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Puts a dump into a list's folder.
    pub(crate) fn put(&self, list: &str, name: &str, bytes: &[u8]) {
        let folder = self.data().join("lists").join(list);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }

    /// Runs the program on this archive, with no configuration but the defaults.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        let output = self.command(args).output().unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Gives this archive a configuration of its own, in place of the shipped one.
    pub(crate) fn configure(&self, config: &str) {
        fs::write(self.folder.join("config.toml"), config).unwrap();
    }

    /// The same with the shipped config.toml, or the archive's own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        let own = self.folder.join("config.toml");
        let config = if own.exists() { own } else { repository().join("config.toml") };
        // Before the rest: what follows `--` is no option.
        command.arg("--data").arg(self.data()).arg("--config").arg(config).args(args);
        command
    }

    /// Ingests, and gives the report.
    #[track_caller]
    pub(crate) fn ingest(&self) -> Value {
        let said = self.run(&["ingest", "--json"]);
        assert!([0, 3].contains(&said.code), "exit {}: {}", said.code, said.err);
        serde_json::from_str(said.out.lines().last().unwrap()).unwrap()
    }

    /// Ids that a search finds, in its order.
    #[track_caller]
    pub(crate) fn found(&self, query: &str) -> Vec<String> {
        let said = self.run(&["search", "--json", "-n", "1000", "--sort", "oldest", "--", query]);
        assert!([0, 1].contains(&said.code), "exit {}: {}", said.code, said.err);
        said.out.lines().map(|line| text(&json(line), "id")).collect()
    }

    #[track_caller]
    pub(crate) fn show(&self, id: &str) -> Value {
        let said = self.run(&["show", "--json", id]);
        assert_eq!(said.code, 0, "{}", said.err);
        json(&said.out)
    }

    /// Starts the server.
    pub(crate) fn serve(&self) -> Server {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }

    /// Starts the server with a configuration of its own and further arguments.
    pub(crate) fn serve_with(&self, config: &str, args: &[&str]) -> Server {
        Server::start(self.command_with(config, &[&["serve", "--listen", "127.0.0.1:0"], args].concat()))
    }

    /// The program on this archive with a configuration of its own.
    pub(crate) fn command_with(&self, config: &str, args: &[&str]) -> Command {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).unwrap();
        file.write_all(config.as_bytes()).unwrap();
        // The folder goes away with the site.
        let (_, path) = file.keep().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        command.arg("--data").arg(self.data()).arg("--config").arg(path).args(args);
        command
    }
}

/// A running server, stopped with its test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    said: Arc<Mutex<Vec<String>>>,
}

/// What the server answered.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) tag: Option<String>,
    pub(crate) body: String,
}

impl Server {
    /// Starts a server, and waits until it says where it is.
    pub(crate) fn start(mut command: Command) -> Server {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.next().expect("the server says where it is").unwrap();
        let address = line.split("http://").nth(1).unwrap_or_else(|| panic!("no address in {line:?}"));
        let address = address.split([' ', '"']).next().unwrap().to_owned();
        let said = Arc::new(Mutex::new(vec![line]));
        let more = said.clone();
        // Whatever else it says must be read, or it would wait for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| more.lock().unwrap().push(line)));
        Server { child, address, said }
    }

    /// What it said until now on standard error.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    /// Files and connections that it has open; `None` on a system that does not tell.
    pub(crate) fn open_files(&self) -> Option<usize> {
        Some(fs::read_dir(format!("/proc/{}/fd", self.child.id())).ok()?.count())
    }

    pub(crate) fn get(&self, path: &str) -> Page {
        self.get_with(path, "")
    }

    /// With further header lines, each ended by CRLF.
    pub(crate) fn get_with(&self, path: &str, headers: &str) -> Page {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let tag = head.lines().find_map(|line| line.to_lowercase().starts_with("etag: ").then(|| line[6..].to_owned()));
        Page { status, head: head.to_lowercase(), tag, body: body.to_owned() }
    }

    /// The head and the bytes of an answer, put together from its chunks. A body that was cut off fails the test.
    #[track_caller]
    pub(crate) fn fetch(&self, path: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        if !head.to_lowercase().contains("transfer-encoding: chunked") {
            return (head, answer[end..].to_vec());
        }
        let (mut body, mut at) = (Vec::new(), end);
        loop {
            let line = answer[at..].iter().position(|&byte| byte == b'\r').expect("the size of another chunk");
            let size = std::str::from_utf8(&answer[at..at + line]).unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            if size == 0 {
                return (head, body);
            }
            at += line + 2;
            body.extend_from_slice(&answer[at..at + size]);
            at += size + 2;
        }
    }

    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        let page = self.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        let start = page.body.find(['{', '[']).unwrap();
        let end = page.body.rfind(['}', ']']).unwrap();
        json(&page.body[start..=end])
    }

    /// The number of its process.
    pub(crate) fn number(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and gives its exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[track_caller]
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[track_caller]
pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {value}")).to_owned()
}

pub(crate) fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A file of `tests/fixtures`.
#[track_caller]
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = repository().join("tests/fixtures").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One message of an mbox: headers as lines, then the text.
pub(crate) fn mail(id: &str, from: &str, subject: &str, date: &str, more: &str, body: &str) -> Vec<u8> {
    let id = if id.is_empty() { String::new() } else { format!("Message-ID: <{id}>\n") };
    format!(
        "From someone@example.org Thu Jun  2 14:03:11 2016\nFrom: {from}\nTo: list@lists.example.org\nSubject: {subject}\nDate: {date}\n{id}{more}\n{body}\n\n"
    )
    .into_bytes()
}

/// A query as it stands in an address.
pub(crate) fn encoded(query: &str) -> String {
    query
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
