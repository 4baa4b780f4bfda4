//! File names of exports: what was asked, and the day.

use crate::{download::disposition, wording::today};

use super::Form;

/// Letters of the query in a file name; more is no help in a folder.
const MAX_ASKED: usize = 60;

/// The Content-Disposition of an export: `list-bp-ipv6-2016-12-06.csv`.
pub(crate) fn header(asked: &str, form: Form) -> String {
    let (year, month, day) = today();
    let name = format!("{}-{year:04}-{month:02}-{day:02}.{}", slug(asked), form.suffix());
    let kept = disposition(&name);
    // A browser shows what people read and keeps what programs read; `curl -OJ` takes the name from either.
    if form.is_shown() { kept.replacen("attachment", "inline", 1) } else { kept }
}

/// Letters and digits of any script, dashes for the rest.
fn slug(asked: &str) -> String {
    let mut out = String::new();
    for c in asked.chars().take(MAX_ASKED * 2) {
        if c.is_alphanumeric() || c == '_' {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.chars().count() >= MAX_ASKED {
            break;
        }
    }
    let out = out.trim_matches('-');
    if out.is_empty() { "all-messages".into() } else { out.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_was_asked() {
        assert_eq!(slug("list:bp_ipv6 \"case study\" -survey"), "list-bp_ipv6-case-study-survey");
        assert_eq!(slug("../../etc/passwd\r\nX: y"), "etc-passwd-x-y");
        assert_eq!(slug("حوكمة الإنترنت"), "حوكمة-الإنترنت");
        assert_eq!(slug(" *"), "all-messages");
        assert_eq!(slug(&"é".repeat(500)).chars().count(), MAX_ASKED);
        assert!(header("x", Form::Csv).starts_with("attachment; filename=\"x-2"), "{}", header("x", Form::Csv));
        assert!(header("x", Form::Csl).ends_with(".csl.json") && header("x", Form::Csl).starts_with("inline; "));
    }
}
