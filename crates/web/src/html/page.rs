//! `/m/<id>/html`: a message as its author's program drew it, in a frame; or, where that cannot be, as text with the reason.

use std::{borrow::Cow, sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::header,
    response::Response,
};
use plenary_index::{Entry, ingest::worker::Failure};

use super::{Asked, CHEAP_SIZE, First, JOB, Refusal};
use crate::{
    Shared,
    body::{Block, MAX_SHOWN, Wanted},
    cache,
    error::Error,
    headers, links,
    message::{Told, tell},
    moved,
    params::Params,
    piece::Piece,
    quoted::Sources,
    shell::{Shell, page},
    site::{Site, aside},
};

/// Largest clean HTML remembered; with sixteen of them that is 16 MiB at most.
const MAX_REMEMBERED: usize = 1 << 20;

/// How long a worker may clean HTML of a costly shape, by the clock: a visitor waits for it, and gets the text where it takes longer.
/// As much of a cheap shape takes 60 ms.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long for what is large: four megabytes of an honest newsletter take half a second. Only honest shapes get that far.
const PATIENCE_FOR_LARGE: Duration = Duration::from_secs(3);

#[derive(Template)]
#[template(path = "html.html")]
struct View {
    shell: Shell,
    told: Told,
    /// Where the frame's document is; nothing where the HTML is not shown.
    frame: Option<String>,
    /// How tall the frame is: what is in it cannot say so, for it runs no script.
    size: &'static str,
    /// Why it is not.
    refused: String,
}

/// Lines of so many letters are guessed for the height of a frame.
const WIDTH: usize = 90;

/// The height of the frame for a text: empty for as tall as the window allows.
fn size(text: &str) -> &'static str {
    let lines: usize = text.lines().map(|line| 1 + line.len() / WIDTH).sum();
    match lines {
        0..=7 => "short",
        8..=16 => "middle",
        _ => "",
    }
}

/// Handles `/m/<id>/html`.
pub(crate) async fn handle(
    State(site): Shared,
    id: Result<Path<String>, PathRejection>,
    params: Params,
) -> Result<Response, Error> {
    let Path(id) = id.map_err(|_| Error::NoMessage)?;
    let wanted = id.clone();
    let entry = site.read(move |archive| archive.message(&wanted)).await?.ok_or(Error::NoMessage)?;
    if entry.card.id != id {
        return Ok(moved::for_good(&links::html(&entry.card.id), &params));
    }
    let Some(clean) = clean(&site, &entry).await? else {
        return Ok(moved::for_now(&links::message(&id), &params));
    };
    let told = tell(
        &entry,
        &site.config,
        true,
        &Wanted { limit: MAX_SHOWN, own_only: false, sources: &Sources::default(), parent: None },
    );
    let shell = Shell::new(&site, format!("{} – HTML", told.brief.subject)).at(&site, &links::html(&id));
    let (frame, refused) = match clean.as_ref() {
        Ok(_) => (Some(links::html_frame(&id)), String::new()),
        Err(refusal) => (None, refusal.to_string()),
    };
    let mut response = page(&View { shell, told, frame, size: size(&entry.message.text), refused })?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, headers::FRAMING.clone());
    Ok(response)
}

/// A message's HTML, made harmless, or why it is not shown; nothing where it has none.
pub(super) async fn clean(site: &Arc<Site>, entry: &Entry) -> Result<Option<Arc<Result<String, Refusal>>>, Error> {
    let key = (site.archive.generation(), entry.card.id.clone());
    if let Some(known) = site.cleaned.recall(&key) {
        return Ok(Some(known));
    }
    let id = entry.card.id.clone();
    let names: Vec<(usize, String)> = entry
        .message
        .attachments
        .iter()
        .filter_map(|it| Some((it.part?, it.name.clone().unwrap_or_else(|| "picture".into()))))
        .collect();
    let looked = site
        .read(move |archive| {
            let Some(found) = archive.page(&id)? else { return Ok(None) };
            let address = |part: usize| {
                let name = names.iter().find(|(of, _)| *of == part).map_or("picture", |(_, name)| name);
                links::attachment(&id, part, name)
            };
            let pictures = found.pictures.into_iter().map(|(cid, part)| (cid, address(part))).collect();
            let asked = Asked { html: Cow::Owned(found.html), pictures };
            Ok(Some((asked.clean_if_cheap(), asked)))
        })
        .await?;
    let result = match looked {
        None => return Ok(None),
        Some((Ok(First::Clean(clean)), _)) => Ok(clean),
        Some((Err(refusal), _)) => Err(refusal),
        Some((Ok(First::Costly), asked)) => in_worker(site, asked).await?,
    };
    let result = Arc::new(result);
    if let Err(Refusal::Now(_)) = result.as_ref() {
        cache::cut_short();
        return Ok(Some(result));
    }
    if result.as_ref().as_ref().map_or(0, String::len) <= MAX_REMEMBERED {
        site.cleaned.learn(key, &result);
    }
    Ok(Some(result))
}

/// Leaves it to a worker, which may be lost.
async fn in_worker(site: &Arc<Site>, asked: Asked<'static>) -> Result<Result<String, Refusal>, Error> {
    let Some(workers) = site.workers.clone() else {
        return Ok(Err(Refusal::Worker(
            "it is large or nests deep, and there is no worker process to clean it".into(),
        )));
    };
    // A visitor who asks for many of these must not keep the others from their pages.
    let permit = site.costly.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
    let clock = if asked.html.len() > CHEAP_SIZE { PATIENCE_FOR_LARGE } else { PATIENCE };
    let done = aside(permit, move || {
        let job = serde_json::to_vec(&asked).unwrap_or_default();
        workers.ask_within(JOB, job, clock)
    });
    Ok(match done.await? {
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| Refusal::Worker(error.to_string())),
        Err(Failure::Refused(reason)) => Err(Refusal::Worker(reason)),
        Err(failure) => Err(Refusal::Now(failure.to_string())),
    })
}
