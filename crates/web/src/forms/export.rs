//! An export: every message that a query finds, written in a form as it is read. The site and the command line share it, so
//! that both give the same bytes.

use std::sync::Arc;

use plenary_index::{Archive, Error, Parsed, Step, Walk};

use crate::Config;

use super::{Form, bibtex, cite::Citation, csl, csv, markdown, mbox, ris, row, text};

/// Bytes gathered before they are handed on: large enough to be worth a packet, small enough to be held by many at once.
const CHUNK: usize = 64 << 10;

/// An export under way.
pub struct Export {
    walk: Walk,
    form: Form,
    config: Arc<Config>,
    messages: u64,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Begun,
    Under,
    Ended,
}

impl Export {
    /// An export of all messages that a query finds, oldest first unless said otherwise. `None` for a form that is not one of
    /// exports: JSON documents and feeds come in pages, and one message alone is raw.
    pub fn new(
        archive: &Archive,
        config: Arc<Config>,
        query: Parsed,
        form: Form,
        newest_first: bool,
    ) -> Option<Export> {
        if matches!(form, Form::Json | Form::Atom | Form::Raw) {
            return None;
        }
        Some(Export { walk: archive.walk(query, newest_first, None), form, config, messages: 0, state: State::Begun })
    }

    /// The next bytes; `None` at the end. After an error what was given so far is not whole.
    pub fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut out = Vec::with_capacity(CHUNK + CHUNK / 4);
        if self.state == State::Begun {
            self.state = State::Under;
            self.head(&mut out);
        }
        while self.state == State::Under && out.len() < CHUNK {
            match self.walk.next() {
                Some(step) => self.message(&step?, &mut out)?,
                None => {
                    self.state = State::Ended;
                    self.tail(&mut out);
                }
            }
        }
        Ok(if out.is_empty() && self.state == State::Ended { None } else { Some(out) })
    }

    /// How many messages have been written.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    fn head(&self, out: &mut Vec<u8>) {
        match self.form {
            Form::Csv => csv::head(out),
            Form::Csl => out.extend_from_slice(b"["),
            _ => {}
        }
    }

    fn tail(&self, out: &mut Vec<u8>) {
        if self.form == Form::Csl {
            out.extend_from_slice(b"\n]\n");
        }
    }

    fn message(&mut self, step: &Step, out: &mut Vec<u8>) -> Result<(), Error> {
        let config = &self.config;
        let first = self.messages == 0;
        self.messages += 1;
        match self.form {
            Form::Csv => csv::write(step, config, out),
            Form::Jsonl => out.extend_from_slice(format!("{}\n", row::object(step, config)).as_bytes()),
            Form::Mbox => mbox::write(&step.sent, step.entry.card.date.map(|date| date.seconds), out),
            form => {
                let citation = Citation::of(&step.entry.card, config);
                if !first {
                    out.extend_from_slice(between(form).as_bytes());
                }
                out.extend_from_slice(cited(form, step, config, &citation)?.as_bytes());
            }
        }
        Ok(())
    }
}

/// What stands between two messages.
fn between(form: Form) -> &'static str {
    match form {
        Form::Txt => text::RULE,
        Form::Md => "\n---\n\n",
        Form::Csl => ",",
        Form::Bib => "\n",
        _ => "",
    }
}

fn cited(form: Form, step: &Step, config: &Config, citation: &Citation) -> Result<String, Error> {
    Ok(match form {
        Form::Bib => bibtex::entry(citation),
        Form::Ris => ris::entry(citation),
        Form::Csl => format!("\n{}", csl::item(citation)),
        Form::Md => markdown::message(&step.entry, citation)
            .map_err(|error| Error::Engine { doing: "writing Markdown", detail: error.to_string() })?,
        _ => text::message(&step.entry, config, citation),
    })
}
