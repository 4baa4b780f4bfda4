//! Who speaks where: spans and paragraphs cover a text in order, and no word is lost where lines are joined.

use plenary_ingest::{
    Span, Voice,
    text::{give_to_list, paragraphs, scrubbed, split_reply, tail, unflow},
};

/// A text, as an answer and as a message that answers nothing.
pub fn voices(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for is_reply in [false, true] {
        let mut spans = split_reply(&text, is_reply);
        cover(&text, &spans);
        numbered(&text, &spans);
        for line in tail(&text, &spans).into_iter().rev().take(1) {
            give_to_list(&mut spans, line.start);
            cover(&text, &spans);
            let after = spans.iter().filter(|span| span.start >= line.start);
            assert!(after.clone().all(|span| matches!(span.voice, Voice::Footer)), "{after:?} stays the author's");
        }
    }
    let mut end = 0;
    for part in scrubbed(&text) {
        assert!(part.range.start >= end && part.range.start < part.range.end, "notes follow each other");
        end = part.range.end;
        assert!(text.get(part.range).is_some(), "a note is in the text");
    }
    for delsp in [false, true] {
        let said = |text: &str| text.chars().filter(|&c| !c.is_whitespace() && c != '>').collect::<String>();
        assert_eq!(said(&unflow(&text, delsp)), said(&text), "lines that are joined keep their words");
    }
}

/// Spans follow one another, are whole lines, and cover the text.
pub(crate) fn cover(text: &str, spans: &[Span]) {
    let mut end = 0;
    for span in spans {
        assert!(span.start == end && span.start < span.end, "{spans:?} in {text:?}");
        assert!(span.start == 0 || text.as_bytes()[span.start - 1] == b'\n', "a voice begins with a line");
        end = span.end;
    }
    assert_eq!(end, text.len(), "all is somebody's");
}

/// Numbered paragraphs are the author's, in order, and hold every word of theirs.
fn numbered(text: &str, spans: &[Span]) {
    let own = spans.iter().filter(|span| span.voice == Voice::Own);
    let said = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let owned: String = own.clone().map(|span| said(&text[span.start..span.end])).collect();
    let (mut end, mut found) = (0, String::new());
    for range in paragraphs(text, spans) {
        assert!(range.start >= end && range.start < range.end, "paragraphs follow each other");
        assert!(
            own.clone().any(|span| span.start <= range.start && range.end <= span.end),
            "a paragraph has one voice"
        );
        end = range.end;
        found.push_str(&said(&text[range]));
    }
    assert_eq!(found, owned, "every word of the author's has a paragraph");
}
