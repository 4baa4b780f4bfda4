//! The documents of the API. Every key is here, in one place: what stands in it is a promise.

use plenary_index::{
    Answer, Card, Count, Entry, Facets, Hit, ListOverview, Overview, Parsed, PersonEntry, Thread, ingest::Voice,
};
use serde_json::{Value, json};

use crate::{
    Config, links,
    mask::{mask, mask_marked},
    wording::iso,
};

/// `/api/v1/search`
pub(crate) fn search(config: &Config, query: &Parsed, answer: &Answer, next: Option<String>) -> Value {
    let hits: Vec<Value> = answer.hits.iter().map(|hit| self::hit(config, hit)).collect();
    json!({
        "query": { "text": query.to_string(), "explained": query.explained(), "problems": query.problems },
        "total": answer.total,
        "threads": answer.threads,
        "partial": answer.partial,
        "took_ms": (answer.took.as_secs_f64() * 1e5).round() / 1e2,
        "generation": answer.generation,
        "hits": hits,
        "facets": facets(&answer.facets),
        "next": next,
    })
}

/// One hit of `/api/v1/search`, and one line of `plenary search --json`.
pub fn hit(config: &Config, hit: &Hit) -> Value {
    let mut value = card(config, &hit.card);
    let passages: Vec<Value> = hit.passages.iter().map(passage).collect();
    value["snippet"] = passages.first().map_or(json!(""), |first| first["text"].clone());
    value["passages"] = json!(passages);
    value
}

/// `/api/v1/messages/<id>`
pub fn message(config: &Config, entry: &Entry) -> Value {
    let message = &entry.message;
    let text = |start: usize, end: usize| mask(message.text.get(start..end).unwrap_or("")).into_owned();
    let mut value = card(config, &entry.card);
    let more = json!({
        "offset_minutes": message.date.and_then(|date| date.offset),
        "date_source": message.date.map(|date| date.source.name()),
        "language": entry.card.language,
        "position": { "index": entry.position.0, "of": entry.position.1 },
        "previous": entry.thread_neighbours.0.as_ref().map(|card| &card.id),
        "next": entry.thread_neighbours.1.as_ref().map(|card| &card.id),
        "references": message.references.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        "paragraphs": entry.paragraphs.iter().enumerate()
            .map(|(n, range)| json!({ "number": n + 1, "text": text(range.start, range.end).trim_end() })).collect::<Vec<_>>(),
        "text": message.spans.iter()
            .map(|span| json!({ "voice": voice(span.voice), "text": text(span.start, span.end) })).collect::<Vec<_>>(),
        "attachments": message.attachments.iter().map(|it| json!({
            "name": it.name.as_deref().map(mask),
            "media_type": it.media_type,
            "size": it.size,
            "url": it.part.map(|part| absolute(config, &links::attachment(&entry.card.id, part, it.name.as_deref().unwrap_or("unnamed")))),
            "stub": it.url.as_deref().map(mask),
        })).collect::<Vec<_>>(),
        "rivals": entry.rivals.iter().map(|card| &card.id).collect::<Vec<_>>(),
        "problems": message.problems.iter().map(|it| json!({ "kind": it.kind, "detail": mask(&it.detail) })).collect::<Vec<_>>(),
        "places": entry.places.iter().map(|it| json!({
            "list": it.list, "dump": it.dump, "offset": it.offset, "length": it.length,
        })).collect::<Vec<_>>(),
    });
    extend(&mut value, more);
    value
}

/// `/api/v1/threads/<id>`
pub fn thread(config: &Config, thread: &Thread, next: Option<usize>) -> Value {
    let nodes: Vec<Value> = thread
        .nodes
        .iter()
        .map(|node| {
            json!({
                "depth": node.depth,
                "weak": node.weak,
                "parent": node.parent.as_ref().map(|card| &card.id),
                "message": node.entry.as_deref().map(|entry| card(config, &entry.card)),
            })
        })
        .collect();
    json!({
        "id": thread.id,
        "subject": mask(&thread.subject),
        "total": thread.total,
        "people": thread.people,
        "lists": thread.lists,
        "first": thread.span.map(|span| iso(span.0)),
        "last": thread.span.map(|span| iso(span.1)),
        "url": absolute(config, &links::thread(&thread.id)),
        "offset": thread.offset,
        "next": next,
        "nodes": nodes,
    })
}

/// `/api/v1/lists`
pub fn lists(config: &Config, overview: &Overview) -> Value {
    json!({
        "messages": overview.messages,
        "threads": overview.threads,
        "people": overview.people,
        "generation": overview.generation,
        "lists": overview.lists.iter().map(|it| list(config, it)).collect::<Vec<_>>(),
    })
}

/// One list.
pub(crate) fn list(config: &Config, list: &ListOverview) -> Value {
    let info = config.list(&list.slug);
    json!({
        "slug": list.slug,
        "name": config.list_name(&list.slug),
        "theme": info.and_then(|info| info.theme.as_deref()),
        "years": info.and_then(|info| info.years.as_deref()),
        "continued_by": info.and_then(|info| info.continued_by.as_deref()),
        "messages": list.messages,
        "first": list.span.map(|span| iso(span.0)),
        "last": list.span.map(|span| iso(span.1)),
        "months": months(&list.months),
        "url": absolute(config, &links::list(&list.slug)),
    })
}

/// `/p/<person>.json`
pub(crate) fn person(config: &Config, person: &PersonEntry) -> Value {
    let mut domains: Vec<&str> =
        person.emails.iter().filter_map(|email| email.rsplit_once('@')).map(|(_, domain)| domain).collect();
    domains.sort_unstable();
    domains.dedup();
    json!({
        "person": person.person,
        "name": mask(&person.name),
        "names": person.names.iter().map(|name| mask(name)).collect::<Vec<_>>(),
        "domains": domains,
        "messages": person.messages,
        "threads_started": person.threads_started,
        "first": person.span.map(|span| iso(span.0)),
        "last": person.span.map(|span| iso(span.1)),
        "lists": person.lists.iter().map(|it| json!({ "value": it.value, "count": it.count })).collect::<Vec<_>>(),
        "months": months(&person.months),
        "url": absolute(config, &links::person(&person.person)),
    })
}

fn months(months: &[(u32, u64)]) -> Vec<Value> {
    let value = |number: u32| format!("{:04}-{:02}", number / 100, number % 100);
    months.iter().map(|&(number, count)| json!({ "value": value(number), "count": count })).collect()
}

fn card(config: &Config, card: &Card) -> Value {
    json!({
        "id": card.id,
        "message_id": card.message_id,
        "lists": card.lists,
        "subject": mask(&card.subject),
        "from": { "name": mask(&card.author.name), "person": card.author.person },
        "date": card.date.map(|date| iso(date.seconds)),
        "thread": card.thread,
        "url": absolute(config, &links::message(&card.id)),
    })
}

/// Text and, as byte ranges of it, what matches.
fn passage(passage: &plenary_index::Passage) -> Value {
    let mut text = String::new();
    let mut marks = Vec::new();
    for piece in mask_marked(&passage.text, &passage.marks) {
        if piece.marked {
            marks.push([text.len(), text.len() + piece.text.len()]);
        }
        text.push_str(&piece.text);
    }
    json!({ "paragraph": passage.paragraph, "attachment": passage.attachment.as_deref().map(mask), "text": text, "marks": marks })
}

fn facets(facets: &Facets) -> Value {
    let counts = |counts: &[Count]| -> Vec<Value> {
        counts.iter().map(|it| json!({ "value": it.value, "label": mask(&it.label), "count": it.count })).collect()
    };
    json!({
        "list": counts(&facets.list),
        "person": counts(&facets.person),
        "year": counts(&facets.year),
        "month": counts(&facets.month),
        "has": counts(&facets.has),
        "is": counts(&facets.is),
        "lang": counts(&facets.lang),
    })
}

fn voice(voice: Voice) -> &'static str {
    match voice {
        Voice::Own => "own",
        Voice::Quoted => "quoted",
        Voice::Attribution => "attribution",
        Voice::Signature => "signature",
        Voice::Footer => "footer",
    }
}

fn absolute(config: &Config, path: &str) -> String {
    format!("{}{path}", config.base_url)
}

fn extend(value: &mut Value, more: Value) {
    if let (Value::Object(value), Value::Object(more)) = (value, more) {
        value.extend(more);
    }
}
