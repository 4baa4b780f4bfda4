//! What a server says while it runs: one line for each event, as text or as JSON, whatever the event holds.
//!
//! Lines are read by programs and by people in terminals, and a part of an event may come from mail or from a visitor. So a value is
//! cut at [`VALUE`], controls in it are written out, and a line never grows beyond [`LINE`].

use std::{
    fmt::{self, Debug, Write as _},
    io::{self, Write as _},
    panic,
};

use chrono::{SecondsFormat, Utc};
use serde_json::Value;
use tracing::{
    Event, Level, Subscriber, error,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
    util::SubscriberInitExt,
};

use crate::args::LogFormat;

/// Bytes of a line at most, its end included: what system logs take whole.
const LINE: usize = 2 << 10;
/// Bytes of a value at most. Twice as many when each must be escaped in JSON; a line still has room for two of them.
const VALUE: usize = 400;

/// Begins to log to standard error; panics, too. With `requests` each request is a line.
pub(crate) fn begin(format: LogFormat, requests: bool) {
    let level = if requests { LevelFilter::INFO } else { LevelFilter::WARN };
    let lines = Lines { format, write: to_stderr };
    // Fails where somebody logs already, which is as well.
    let _ = Registry::default().with(lines.with_filter_of(level)).try_init();
    panic::set_hook(Box::new(panicked));
}

/// Says something that is no event, as a line of JSON like those of events.
pub(crate) fn say(text: &str) {
    let mut said = Said::default();
    said.put("message", &format_args!("{text}"));
    to_stderr(line(LogFormat::Json, Level::INFO, &said).as_bytes());
}

/// Where it was, and no more: what a panic says may hold words of a message or of a query.
fn panicked(info: &panic::PanicHookInfo<'_>) {
    match info.location() {
        Some(place) => {
            error!(%place, "a part of the program panicked; this is a mistake in it, please report the place")
        }
        None => error!("a part of the program panicked; this is a mistake in it"),
    }
}

fn to_stderr(line: &[u8]) {
    // Nobody can be told that nobody can be told.
    let _ = io::stderr().lock().write_all(line);
}

/// Writes events as lines.
struct Lines<W> {
    format: LogFormat,
    write: W,
}

impl<W: Fn(&[u8]) + Send + Sync + 'static> Lines<W> {
    fn with_filter_of<S: Subscriber + for<'a> LookupSpan<'a>>(self, level: LevelFilter) -> impl Layer<S> {
        level.and_then(self)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>, W: Fn(&[u8]) + Send + Sync + 'static> Layer<S> for Lines<W> {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut said = Said::default();
        attributes.record(&mut said);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(said);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(around) = span.extensions().get::<Said>() {
                said.0.extend(around.0.iter().cloned());
            }
        }
        (self.write)(line(self.format, *event.metadata().level(), &said).as_bytes());
    }
}

/// What an event or a span around it holds, cleaned and cut.
#[derive(Default)]
struct Said(Vec<(&'static str, Value)>);

impl Said {
    fn put(&mut self, name: &'static str, value: &dyn Debug) {
        let mut clean = Clean(String::new());
        if write!(clean, "{value:?}").is_err() {
            clean.0.push('…');
        }
        self.0.push((name, Value::from(clean.0)));
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), &format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), Value::from(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field.name(), value);
    }
}

/// Takes text until it is full, and writes out what a terminal would obey and what would hide from its reader.
struct Clean(String);

impl fmt::Write for Clean {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
            let piece = match c.is_control() || hidden {
                true => c.escape_unicode().to_string(),
                false => c.to_string(),
            };
            if self.0.len() + piece.len() > VALUE {
                return Err(fmt::Error);
            }
            self.0.push_str(&piece);
        }
        Ok(())
    }
}

/// A whole line, with its end.
fn line(format: LogFormat, level: Level, said: &Said) -> String {
    let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let (mut line, end) = match format {
        LogFormat::Text => (format!("{time} {level}"), "\n"),
        LogFormat::Json => (format!(r#"{{"time":"{time}","level":"{level}""#), "}\n"),
    };
    // The message first, wherever it was recorded.
    let (message, rest): (Vec<_>, Vec<_>) = said.0.iter().partition(|(name, _)| *name == "message");
    for (name, value) in message.into_iter().chain(rest) {
        let piece = match format {
            LogFormat::Json => format!(",{}:{}", Value::from(*name), value),
            LogFormat::Text => match value.as_str() {
                Some(text) if *name == "message" => format!(" {text}"),
                Some(text) if !text.is_empty() && !text.contains([' ', '"', '=']) => format!(" {name}={text}"),
                // A number, or quoted.
                _ => format!(" {name}={value}"),
            },
        };
        if line.len() + piece.len() + end.len() > LINE {
            break;
        }
        line.push_str(&piece);
    }
    line.push_str(end);
    line
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{error_span, info, subscriber::with_default, warn};

    use super::*;

    /// The lines that something logs.
    fn logged(format: LogFormat, something: impl FnOnce()) -> Vec<String> {
        let bytes: Arc<Mutex<Vec<u8>>> = Arc::default();
        let sink = bytes.clone();
        let lines = Lines { format, write: move |line: &[u8]| sink.lock().unwrap().extend_from_slice(line) };
        with_default(Registry::default().with(lines.with_filter_of(LevelFilter::WARN)), something);
        let text = String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    fn object(line: &str) -> Value {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"))
    }

    /// What would begin a line, obey a terminal's orders or hide, and more of it than a line may have.
    fn hostile() -> String {
        "a\r\n{\"level\":\"ERROR\"}\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{200b}\u{2028}\0\"\\=".repeat(500)
    }

    #[test]
    fn an_event_is_one_object_on_one_line_whatever_it_holds() {
        let lines = logged(LogFormat::Json, || {
            let span = error_span!("request", method = "GET", route = "/m/{id}");
            let _in_it = span.enter();
            warn!(cause = %hostile(), ms = 7_u64, "a request took long");
            warn!(cause = ?hostile(), other = %hostile(), third = %hostile(), fourth = %hostile(), "{}", hostile());
            info!("nobody asked for this");
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        let first = object(&lines[0]);
        for (key, value) in [("level", "WARN"), ("message", "a request took long"), ("route", "/m/{id}")] {
            assert_eq!(first[key], value, "{first}");
        }
        assert_eq!(first["ms"], 7);
        let cause = first["cause"].as_str().unwrap();
        assert!(cause.starts_with(r#"a\u{d}\u{a}{"level":"ERROR"}\u{1b}]0;x\u{7}\u{9b}31m\u{202e}"#), "{cause}");
        assert!(cause.len() <= VALUE + '…'.len_utf8() && cause.ends_with('…'), "{cause}");
        for line in &lines {
            object(line);
            assert!(line.len() < LINE && !line.contains(|c: char| c.is_control()), "{line}");
        }
    }

    #[test]
    fn text_has_the_same_on_one_line() {
        let lines = logged(LogFormat::Text, || warn!(cause = %hostile(), ms = 7_u64, "{} took long", "it"));
        assert_eq!(lines.len(), 1, "{lines:?}");
        let (_, said) = lines[0].split_once(' ').unwrap();
        assert!(
            said.starts_with(r#"WARN it took long cause="a\\u{d}\\u{a}{\"level"#) && said.ends_with(" ms=7"),
            "{said}"
        );
        assert!(lines[0].len() < LINE && !lines[0].contains(|c: char| c.is_control()));
    }

    #[test]
    fn a_value_is_whole_up_to_its_limit() {
        let lines = logged(LogFormat::Json, || {
            warn!(value = "x".repeat(VALUE), "fits");
            warn!(value = "x".repeat(VALUE + 1), "does not");
        });
        let value = |at: usize| object(&lines[at])["value"].as_str().unwrap().to_owned();
        assert_eq!([value(0), value(1)], ["x".repeat(VALUE), "x".repeat(VALUE) + "…"]);
    }

    #[test]
    fn a_panic_is_one_line_with_its_place_and_none_of_its_words() {
        let before = panic::take_hook();
        panic::set_hook(Box::new(panicked));
        let lines = logged(LogFormat::Json, || {
            let result = panic::catch_unwind(|| {
                let span = error_span!("request", method = "GET", route = "/t/{id}");
                span.in_scope(|| panic!("the secret of {}", "ada@example.org"))
            });
            assert!(result.is_err());
        });
        panic::set_hook(before);
        assert_eq!(lines.len(), 1, "{lines:?}");
        let said = object(&lines[0]);
        assert!(said["place"].as_str().unwrap().contains("log.rs:"), "{said}");
        assert_eq!(said["route"], "/t/{id}");
        assert!(!lines[0].contains("secret") && !lines[0].contains("ada@"), "{said}");
    }
}
