//! mboxrd: messages as they were sent, addresses masked as in `.raw`, so that mail programs and other archives can read them.

use chrono::DateTime;

use crate::mask::mask_raw;

/// One message with its separator, appended.
pub(crate) fn write(message: &[u8], seconds: Option<i64>, out: &mut Vec<u8>) {
    let sent = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_default();
    // The traditional sender of those who have none to show.
    out.extend_from_slice(sent.format("From MAILER-DAEMON %a %b %e %H:%M:%S %Y\n").to_string().as_bytes());
    let masked = mask_raw(message);
    let mut in_header = true;
    let mut dropping = false;
    for line in masked.split_inclusive(|&byte| byte == b'\n') {
        if in_header {
            in_header = !matches!(line, b"\n" | b"\r\n");
            // A mask changes the length, and a reader that believes the old one finds no end.
            dropping = if matches!(line, [b' ' | b'\t', ..]) { dropping } else { is_length(line) };
            if dropping && in_header {
                continue;
            }
        }
        let signs = line.iter().take_while(|&&byte| byte == b'>').count();
        if line[signs..].starts_with(b"From ") {
            out.push(b'>');
        }
        out.extend_from_slice(line);
    }
    // What ends with an empty line already is not given another, or it would grow each time it is taken in and given out.
    let missing = [&b"\n\n"[..], b"\n"].into_iter().position(|end| masked.ends_with(end)).unwrap_or(2);
    out.extend_from_slice(&b"\n\n"[..missing]);
}

fn is_length(line: &[u8]) -> bool {
    const NAME: &[u8] = b"content-length:";
    line.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME))
}
