//! mboxrd: messages as they came, addresses masked as in `.raw`, so that mail programs and other archives can read them.

use chrono::DateTime;

use crate::mask::mask_raw;

/// One message with its separator, appended.
pub(crate) fn write(raw: &[u8], seconds: Option<i64>, out: &mut Vec<u8>) {
    let sent = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_default();
    // The traditional sender of those who have none to show.
    out.extend_from_slice(sent.format("From MAILER-DAEMON %a %b %e %H:%M:%S %Y\n").to_string().as_bytes());
    let masked = mask_raw(raw);
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
    if !masked.ends_with(b"\n") {
        out.push(b'\n');
    }
    out.push(b'\n');
}

fn is_length(line: &[u8]) -> bool {
    const NAME: &[u8] = b"content-length:";
    line.get(..NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAME))
}
