//! Whatever mail says, nobody is asked: no run and no page opens a connection, nor looks up a name.

use std::{fs, net::TcpListener, path::Path, process::Command};

use crate::{archive::Archive, damage, need};

/// What is called of the system to ask somebody; the program is the child, and `strace` stands beside it.
const TRACE: [&str; 7] = ["strace", "-D", "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg,sendmmsg", "-o"];

/// The fixtures, which name pictures, pages and servers elsewhere.
fn archive() -> Archive {
    let archive = Archive::new();
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures"));
    for fixture in fs::read_dir(folder).unwrap().flatten() {
        let name = fixture.file_name().to_string_lossy().into_owned();
        if name.ends_with(".mbox") {
            archive.put("quay", &name, &fs::read(fixture.path()).unwrap());
        }
    }
    archive
}

/// Fails if anybody was asked who is not on this machine.
#[track_caller]
fn check(log: &Path, what: &str) {
    let calls = fs::read_to_string(log).unwrap();
    // A server's own socket is of AF_INET, too; it connects to nobody with it, and no names are looked up by datagrams.
    let asks = |line: &&str| line.contains("connect(") || line.contains("SOCK_DGRAM") || line.contains("sin_port");
    let far: Vec<&str> = calls.lines().filter(asks).filter(|line| line.contains("AF_INET")).collect();
    assert!(far.is_empty(), "{what}: {far:#?}");
}

#[test]
fn nobody_is_asked_by_a_run_a_search_an_export_or_a_page() {
    if !need("strace", "watching what is asked of the network") {
        return;
    }
    let archive = archive();
    let log = archive.data().with_file_name("calls");
    let starter: Vec<&str> = TRACE.iter().copied().chain([log.to_str().unwrap()]).collect();
    for args in [
        ["ingest"].as_slice(),
        &["rebuild"],
        &["doctor"],
        &["search", "--", "in:everything", "the"],
        &["export", "--to", "md"],
    ] {
        let output = archive.under(&starter, args).output().unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1 | 3)), "{args:?}: {code:?} {}", String::from_utf8_lossy(&output.stderr));
        check(&log, &args.join(" "));
    }
    // The check sees what it is for.
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{}", somebody.local_addr().unwrap().port());
    let _ = Command::new(starter[0]).args(&starter[1..]).args(["bash", "-c", &script]).output();
    assert!(std::panic::catch_unwind(|| check(&log, "bash")).is_err(), "a connection is seen where there is one");

    let (mut server, address, _) = damage::serve_under(&archive, &starter).unwrap();
    let export = archive.run(&["export", "--to", "jsonl"]).out;
    for message in export.lines() {
        let message: serde_json::Value = serde_json::from_str(message).unwrap();
        let id = message["id"].as_str().unwrap();
        for form in ["", ".raw", "/html", "/html/frame", ".md"] {
            let answer = damage::get(&address, &format!("/m/{id}{form}"));
            assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        }
    }
    for path in ["/", "/l/quay/", "/l/quay.atom", "/search?q=in:everything"] {
        assert!(damage::get(&address, path).starts_with("HTTP/1.1 200"), "{path}");
    }
    server.kill().unwrap();
    server.wait().unwrap();
    check(&log, "serve");
}
