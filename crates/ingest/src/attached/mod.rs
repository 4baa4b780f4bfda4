//! What is written in attached files: text of PDF, office documents, tables and plain files, for the search.
//!
//! Plain text and web pages are read here. What has to be unpacked or interpreted is read by a [worker](crate::worker), which may be
//! lost over it. The text follows from the bytes alone, so that it can be made again from the dumps at any time. What cannot be read
//! is said and never stops anything.

mod odf;
mod office;
mod pdf;
mod sheet;
mod text;
mod xml;
mod zip;

use crate::{
    Attachment, Message, Raw, parse,
    text::html_to_text,
    worker::{Duty, Failure, Job, Pool},
};

/// Most bytes of text taken from one file, 2 MiB: as of a message.
pub const MAX_TEXT: usize = parse::MAX_TEXT;
/// Most bytes of text taken from the files of one message, 8 MiB.
pub const MAX_TEXT_OF_ALL: usize = 4 * MAX_TEXT;
/// Largest file read, 32 MiB. Lists seldom let ten pass.
pub const MAX_SIZE: u64 = 32 << 20;
/// Most files read of one message; the honest ones have under ten.
pub const MAX_FILES: usize = 50;

/// What is read of the files that came with one message. None of it decides what a message is called or which copies are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the largest file read. Default: [`MAX_SIZE`].
    pub size: u64,
    /// Files read. Default: [`MAX_FILES`].
    pub files: usize,
    /// Bytes of text taken from all of them. Default: [`MAX_TEXT_OF_ALL`].
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { size: MAX_SIZE, files: MAX_FILES, text: MAX_TEXT_OF_ALL }
    }
}

/// The job of reading a document in a worker.
const JOB: Job = 2;

/// What a worker must be able to do to read documents.
pub const DUTY: Duty = (JOB, |bytes| {
    let (kind, bytes) = bytes.split_first().ok_or("the job is empty")?;
    let text = match kind {
        b'p' => pdf::text(bytes),
        _ => office::text(bytes),
    }?;
    Ok(text.finish().into_bytes())
});

/// What came of reading one attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Which part of the message it is: [`Attachment::part`].
    pub part: usize,
    /// Its name.
    pub name: String,
    /// Its text; empty where there is none.
    pub text: String,
    /// Why there is none, or not all of it: part of a sentence that has the name before it.
    pub problem: Option<String>,
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Html,
    Pdf,
    Office,
}

/// Reads the files that came with a message, those of kinds that hold text. Without workers only plain ones are read, and nothing
/// is said of the others.
pub fn read(raw: &Raw, message: &Message, workers: Option<&Pool>, limits: &Limits) -> Vec<Read> {
    let wanted = |attachment: &&Attachment| match kind(attachment) {
        Some(Kind::Plain | Kind::Html) => true,
        Some(Kind::Pdf | Kind::Office) => workers.is_some(),
        None => false,
    };
    let files: Vec<&Attachment> = message.attachments.iter().filter(wanted).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let parts: Vec<usize> = files.iter().filter_map(|file| file.part).collect();
    let bytes = parse::attached_bytes(raw, &parts);
    let mut left = limits.text;
    let read_one = |((number, file), bytes): ((usize, &&Attachment), Option<Vec<u8>>)| {
        let (part, kind) = (file.part?, kind(file)?);
        let name = file.name.clone().unwrap_or_else(|| "a file without a name".to_owned());
        let read = match bytes {
            _ if number >= limits.files => {
                Err(format!("is one of more than {} files; the others are read", limits.files))
            }
            _ if file.size > limits.size => {
                Err(format!("is larger than {} MiB, so its text is not read", limits.size >> 20))
            }
            Some(bytes) => text_of(kind, bytes, workers),
            None => Err("cannot be decoded".to_owned()),
        };
        let (mut text, mut problem) = match read {
            Ok(text) => match text.split_once('\0') {
                Some((text, left_out)) => (text.to_owned(), Some(left_out.to_owned())),
                None => (text, None),
            },
            Err(problem) => (String::new(), Some(problem)),
        };
        let most = left.min(MAX_TEXT);
        if text.len() > most {
            text.truncate(text.floor_char_boundary(most));
            problem = Some(format!("is searched only in its first {} KiB of text", most >> 10));
        }
        left -= text.len();
        Some(Read { part, name, text, problem })
    };
    files.iter().enumerate().zip(bytes).filter_map(read_one).collect()
}

/// How an attached file is read, by what the message says of it: by its type, or by its name where the type says nothing.
fn kind(attachment: &Attachment) -> Option<Kind> {
    attachment.part?;
    let media_type = attachment.media_type.as_str();
    let name = attachment.name.as_deref().unwrap_or("");
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    let by_name = match extension.as_str() {
        "pdf" => Some(Kind::Pdf),
        "docx" | "docm" | "pptx" | "pptm" | "xlsx" | "xlsm" | "odt" | "odp" | "ods" | "ott" => Some(Kind::Office),
        "txt" | "csv" | "tsv" | "md" | "log" | "patch" | "diff" | "tex" | "ics" => Some(Kind::Plain),
        "html" | "htm" => Some(Kind::Html),
        _ => None,
    };
    match media_type {
        "application/pdf" | "application/x-pdf" => Some(Kind::Pdf),
        _ if media_type.starts_with("application/vnd.openxmlformats-officedocument.")
            || media_type.starts_with("application/vnd.oasis.opendocument.") =>
        {
            Some(Kind::Office)
        }
        "text/html" | "application/xhtml+xml" => Some(Kind::Html),
        "text/rtf" | "text/enriched" | "text/richtext" => None,
        // A table or a document that some program called text is still one.
        _ if media_type.starts_with("text/") => by_name.or(Some(Kind::Plain)),
        "application/octet-stream"
        | "application/zip"
        | "application/x-zip-compressed"
        | "application/download"
        | "application/force-download"
        | "application/binary"
        | "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint" => by_name,
        _ => None,
    }
}

fn text_of(kind: Kind, bytes: Vec<u8>, workers: Option<&Pool>) -> Result<String, String> {
    let (letter, what) = match kind {
        Kind::Plain => return plain(&bytes),
        Kind::Html => {
            let text = html_to_text(&parse::decoded(&bytes));
            return text.map(one_kind_of_line_end).ok_or_else(|| "is HTML that cannot be read as text".to_owned());
        }
        Kind::Pdf if !begins_as_pdf(&bytes) => return Err("is called PDF and is none".to_owned()),
        Kind::Office if bytes.starts_with(OLE) => {
            return Err("is encrypted, or in a format older than its name says".to_owned());
        }
        Kind::Office if !bytes.starts_with(b"PK") => return Err("is called a document and is none".to_owned()),
        Kind::Pdf => (b'p', "PDF"),
        Kind::Office => (b'o', "document"),
    };
    let Some(workers) = workers else { return Ok(String::new()) };
    let mut job = Vec::with_capacity(bytes.len() + 1);
    job.push(letter);
    job.extend_from_slice(&bytes);
    drop(bytes);
    match workers.ask(JOB, job) {
        Ok(found) if found.is_empty() => Err(format!("is a {what} without text; it may hold pictures of pages")),
        Ok(found) => String::from_utf8(found).map_err(|_| format!("is a {what} whose text is none")),
        Err(Failure::Refused(reason)) => Err(reason),
        Err(failure) => Err(format!("could not be read: {failure}")),
    }
}

/// How files of Microsoft's old formats, and encrypted ones of the new, begin.
const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// A PDF may have something before it; readers look this far.
fn begins_as_pdf(bytes: &[u8]) -> bool {
    memchr::memmem::find(&bytes[..bytes.len().min(1024)], b"%PDF-").is_some()
}

fn plain(bytes: &[u8]) -> Result<String, String> {
    let utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    if !utf16 && bytes[..bytes.len().min(8 << 10)].contains(&0) {
        return Err("is called text and is none".to_owned());
    }
    Ok(one_kind_of_line_end(parse::decoded(bytes)))
}

fn one_kind_of_line_end(text: String) -> String {
    if text.contains(['\r', '\0']) { text.replace("\r\n", "\n").replace(['\r', '\0'], "\n") } else { text }
}

#[cfg(test)]
mod tests;
