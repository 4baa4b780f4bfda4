//! One walk through the XML of a document, from front to back: nothing is built of it, and nothing recurses.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

/// What is met on the way. Names come without their prefix, which every program chooses otherwise.
pub(super) enum Met<'a> {
    /// An element begins; `Met::Close` follows, also where it is empty.
    Open(&'a str, &'a BytesStart<'a>),
    Close(&'a str),
    Text(&'a str),
}

/// Walks through XML until its end, or until `each` says that it is enough (`false`). References to entities that a document declares
/// for itself are left out: nothing here expands.
pub(super) fn walk(xml: &[u8], mut each: impl FnMut(Met<'_>) -> bool) -> Result<(), String> {
    let xml = String::from_utf8_lossy(xml);
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{FEFF}'));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    loop {
        let event = reader.read_event().map_err(|_| "holds XML that is damaged".to_owned())?;
        let goes_on = match &event {
            Event::Start(start) => each(Met::Open(start.local_name().into_inner(), start)),
            Event::Empty(start) => {
                let name = start.local_name().into_inner();
                each(Met::Open(name, start)) && each(Met::Close(name))
            }
            Event::End(end) => each(Met::Close(end.local_name().into_inner())),
            Event::Text(text) => each(Met::Text(&text.xml10_content())),
            Event::CData(text) => each(Met::Text(&text.xml10_content())),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(c)) => each(Met::Text(c.encode_utf8(&mut [0; 4]))),
                _ => match quick_xml::escape::resolve_predefined_entity(&reference.xml10_content()) {
                    Some(text) => each(Met::Text(text)),
                    None => true,
                },
            },
            Event::Eof => return Ok(()),
            _ => true,
        };
        if !goes_on {
            return Ok(());
        }
    }
}

/// The value of an attribute, whatever its prefix.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = start.attributes();
    // Those that are there twice are looked for by comparing each with all.
    let mut all = all.with_checks(false).flatten();
    let found = all.find(|attribute| attribute.key.local_name().into_inner() == name)?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(xml: &str) -> String {
        let mut words = String::new();
        walk(xml.as_bytes(), |met| {
            if let Met::Text(text) = met {
                words.push_str(text);
            }
            true
        })
        .unwrap();
        words
    }

    #[test]
    fn references_are_read_and_entities_of_its_own_are_not() {
        assert_eq!(words("<a>x &amp; &#x79;<![CDATA[<z>]]></a>"), "x & y<z>");
        let laughs = "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;\">]><a>-&c;-</a>";
        assert_eq!(words(laughs), "--");
    }

    #[test]
    fn depth_costs_nothing() {
        let deep = format!("{}x{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
        assert_eq!(words(&deep), "x");
    }
}
