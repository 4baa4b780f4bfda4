//! From the set of copies to the set of documents: which messages there are, in which thread, by whom, on which lists.
//! A pure function of the catalogue; what it gives does not depend on the order in which dumps came.

use plenary_ingest::Id;

use crate::{
    catalogue::{Catalogue, Copy, DocumentKey, Reading},
    identity,
    ledger::people::Declared,
    people::{self, Union},
    threads::{self, Member},
};

/// One document as it should be in the index.
pub(crate) struct Arranged {
    pub(crate) key: DocumentKey,
    /// Its copies: indices into [`Catalogue::messages`] of this id. The first is shown.
    pub(crate) copies: Vec<usize>,
    /// Digest of the shown copy.
    pub(crate) bytes: u128,
    /// How the shown copy is read.
    pub(crate) reading: Reading,
    /// The thread: id of its first message.
    pub(crate) thread: String,
    /// Joined to the thread by subject alone.
    pub(crate) weak: bool,
    /// Whether other messages claim its Message-ID.
    pub(crate) conflict: bool,
    /// The author's name in addresses.
    pub(crate) person: String,
    /// The name the person is shown under, where people said so.
    pub(crate) known_as: Option<String>,
    /// Slugs of its lists, sorted.
    pub(crate) lists: Vec<String>,
    /// Digest of all the above and of where the copies were found.
    pub(crate) stamp: u64,
}

/// Arranges all that the catalogue knows; gives also the people who unite several addresses.
pub(crate) fn arrange(catalogue: &Catalogue, declared: &Declared) -> (Vec<Arranged>, Vec<Union>) {
    let mut documents: Vec<(DocumentKey, Vec<usize>, bool)> = Vec::with_capacity(catalogue.messages.len());
    for (id, copies) in &catalogue.messages {
        let groups = match copies.len() {
            1 => vec![vec![0]],
            _ => identity::messages(copies, &catalogue.authors),
        };
        let conflict = groups.len() > 1;
        documents.extend(
            groups.into_iter().zip(1..).map(|(group, number)| (DocumentKey { id: *id, number }, group, conflict)),
        );
    }
    documents.sort_unstable_by_key(|(key, _, _)| *key);

    let copies = |key: &DocumentKey| -> &[Copy] { &catalogue.messages[&key.id] };
    let (slugs, lists_of) = lists(catalogue, &documents);
    let shown: Vec<&Copy> = documents.iter().map(|(key, group, _)| &copies(key)[group[0]]).collect();
    let members: Vec<Member<'_>> = documents
        .iter()
        .zip(&shown)
        .zip(&lists_of)
        .map(|(((key, _, _), copy), lists)| Member {
            key: Id(key.id).key().wrapping_add(u64::from(key.number) - 1),
            date: copy.traits.date,
            references: if copy.traits.answers_digest { &[] } else { &copy.traits.references },
            subject: if copy.traits.answers_digest { 0 } else { copy.traits.subject },
            is_reply: copy.traits.is_reply,
            lists,
        })
        .collect();
    let joined = threads::group(&members);
    let people = name_people(catalogue, &shown, declared);

    let arranged = (0..documents.len())
        .map(|i| {
            let (key, group, conflict) = &documents[i];
            let mut arranged = Arranged {
                key: *key,
                copies: group.clone(),
                bytes: shown[i].bytes,
                reading: shown[i].reading,
                thread: documents[joined[i].root].0.name(),
                weak: joined[i].weak,
                conflict: *conflict,
                person: people.person[shown[i].traits.author as usize].clone(),
                known_as: people.known_as[shown[i].traits.author as usize].clone(),
                lists: lists_of[i].iter().map(|&list| slugs[list as usize].clone()).collect(),
                stamp: 0,
            };
            arranged.stamp = stamp(catalogue, &arranged);
            arranged
        })
        .collect();
    (arranged, people.unions)
}

/// The slugs of all lists, and for each document the sorted numbers of its own.
fn lists(catalogue: &Catalogue, documents: &[(DocumentKey, Vec<usize>, bool)]) -> (Vec<String>, Vec<Vec<u32>>) {
    let mut slugs: Vec<String> = catalogue.dumps.iter().map(|dump| dump.list.clone()).collect();
    slugs.sort();
    slugs.dedup();
    let number: Vec<u32> =
        catalogue.dumps.iter().map(|dump| slugs.binary_search(&dump.list).unwrap_or_default() as u32).collect();
    let of = documents
        .iter()
        .map(|(key, group, _)| {
            let places = group.iter().flat_map(|&i| &catalogue.messages[&key.id][i].places);
            let mut lists: Vec<u32> = places.map(|place| number[place.dump as usize]).collect();
            lists.sort_unstable();
            lists.dedup();
            lists
        })
        .collect();
    (slugs, of)
}

fn name_people(catalogue: &Catalogue, shown: &[&Copy], declared: &Declared) -> people::People {
    let mut earliest: Vec<Option<i64>> = vec![None; catalogue.authors.len()];
    for copy in shown {
        let slot = &mut earliest[copy.traits.author as usize];
        *slot = match (*slot, copy.traits.date) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    people::name(&catalogue.authors, &earliest, declared)
}

/// Digest of all that a document says besides the bytes of its message: how they are read, what was decided, where it was found.
fn stamp(catalogue: &Catalogue, document: &Arranged) -> u64 {
    let copies = &catalogue.messages[&document.key.id];
    let mut text = format!(
        "{:?}\0{}\0{}\0{}\0{}\0{:?}\0{}",
        document.reading,
        document.thread,
        document.weak,
        document.conflict,
        document.person,
        document.known_as,
        document.lists.join(",")
    );
    let places = document.copies.iter().flat_map(|&copy| &copies[copy].places);
    let mut places: Vec<(&str, u64)> =
        places.map(|place| (catalogue.dumps[place.dump as usize].name.as_str(), place.offset)).collect();
    places.sort_unstable();
    for (dump, offset) in places {
        text.push('\0');
        text.push_str(dump);
        text.push('\0');
        text.push_str(&offset.to_string());
    }
    plenary_ingest::digest::key(&text)
}
