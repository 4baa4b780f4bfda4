//! Threads built from topics. A topic is two points, an answer to each, and what is said to the first answer; the sentences around
//! them are drawn from the frames below, so that every thread answers what it quotes and no two bodies are equal.
//!
//! A topic in `text/topics.txt` opens with `=== list date`, then `subject:`, `about:` (a noun phrase), `1:` and `2:` (points),
//! `a:` and `b:` (answers to them), `c:` (to the first answer) and `z:` (the first writer again). `{place}`, `{n}` and `{pct}`
//! are filled anew for each thread.

use std::sync::Arc;

use crate::{
    calendar::Moment,
    letter::{Block, Letter, Mime},
    people::{Person, word},
    random::Random,
};

/// Messages of a thread.
pub(crate) const MESSAGES: usize = 5;

const PLACES: [&str; 12] = [
    "Tamboro",
    "Kessaba",
    "Port Lereno",
    "Costa Serena",
    "Marandia",
    "the Vellis Islands",
    "Oskarland",
    "Suvela",
    "Upper Danubia",
    "the High Valley",
    "North Kessaba",
    "the Lereno delta",
];

const GREETINGS: [&str; 7] =
    ["Dear all,", "Hello everyone,", "Dear colleagues,", "Hi all,", "Good morning all,", "Dear list,", "Greetings,"];

const LEADS: [&str; 17] = [
    "Two points for whatever the next draft says about {about}.",
    "On the last call I promised to write down what we see of {about}.",
    "I would like to come back to {about}, which we left rather quickly.",
    "Reading the section on {about} again, I miss two things.",
    "Since several of you asked me off the list about {about}, here is my answer to everybody.",
    "May I put two observations about {about} before the group?",
    "Before the comment period ends: a few lines on {about}.",
    "We spoke about {about} at our own meeting in {place} last week. In short:",
    "I have been asked to contribute a paragraph on {about}. Please pull it to pieces.",
    "This is about {about}, and it is shorter than it looks.",
    "A question that came up while I was translating: what do we want to say about {about}?",
    "I have carried these notes on {about} around for too long.",
    "The outline has a heading for {about} and nothing under it. Here is a beginning.",
    "Some experience with {about}, good and bad, for the collection.",
    "You asked for practices and not for opinions, so this is what we did about {about}.",
    "At the risk of repeating what is in the archive, two remarks on {about}.",
    "I could not join the call. This is what I would have said about {about}.",
];

const ENDS: [&str; 17] = [
    "Does this match what others see?",
    "I would be glad to hear from those who have seen it go otherwise.",
    "If nobody objects I will propose text by the end of the week.",
    "Corrections are welcome, numbers even more so.",
    "I can write this up as a case study if the group finds it useful.",
    "What would you change before this goes into the document?",
    "Happy to say more on the next call.",
    "I leave it to the rapporteur where this belongs.",
    "Perhaps {place} is a special case. Please tell me if so.",
    "I do not think we need to agree on this, but we should write down both views.",
    "Which of the two would you put first?",
    "Is there a region where neither of them is true?",
    "If somebody has the opposite experience, I would like to quote it beside mine.",
    "I have kept it short so that it will be answered.",
    "Who else has tried?",
    "Please be blunt. It is easier to mend a paragraph now than in November.",
    "I know of no study that settles it. Do you?",
];

const REPLIES: [&str; 23] = [
    "Thank you, {name}. One answer to your point, in line.",
    "{name}, this is close to what we have in {place}, with one difference.",
    "Thanks for starting this, {name}.",
    "Good points. I will take only one of them.",
    "{name}, I read this twice before answering.",
    "A short reply from {place}.",
    "Hello {name}, many thanks for this.",
    "Let me add something to this before it gets lost.",
    "Dear {name}, dear all,",
    "{name} is right to raise it.",
    "I promised an answer on this one.",
    "Jumping in late, sorry.",
    "This made me look up our own notes.",
    "{name}, may I answer with an example?",
    "I have shown this to a colleague in {place}, and this is what came of it.",
    "Only to this one paragraph:",
    "Hello all, and thank you, {name}.",
    "It is good to see this on the list at last.",
    "{name}, yes.",
    "My view is a little different from {name}'s.",
    "One thing to add, and then I will be quiet.",
    "From where I sit it looks like this.",
    "I was about to write the same when I saw {name}'s message.",
];

const REPLY_ENDS: [&str; 22] = [
    "Best,",
    "Kind regards,",
    "I hope this helps.",
    "Others on this list know more about it than I do.",
    "All of this may be quoted.",
    "Could we have this as a question in the survey?",
    "That would be worth a paragraph of its own.",
    "Regards from {place},",
    "With best wishes,",
    "Please keep this in the minutes.",
    "Thanks again,",
    "I am curious what others make of it.",
    "More on the call, if there is time.",
    "Warm regards,",
    "I can find the reference if somebody needs it.",
    "Cheers,",
    "We are still learning, to be honest.",
    "It took us too long to find out.",
    "All the best,",
    "If this is known to everybody, forgive me.",
    "Yours,",
    "I may be wrong about the details, but not about the direction.",
];

const THANKS: [&str; 11] = [
    "That is more than I hoped for, thank you.",
    "Thanks {name}, and thanks to everybody who wrote.",
    "Many thanks, {name}. I take this as follows.",
    "This was useful, thank you.",
    "{name}, agreed.",
    "Thank you all. To close this for now:",
    "I stand corrected, {name}.",
    "Thanks. Let me try to put the answers together.",
    "Thank you, {name}. I have learnt something.",
    "Good. Then I would sum it up like this.",
    "Thanks to all of you. What I take from it:",
];

const CLOSINGS: [&str; 10] = [
    "I will put this into the draft under {about}, with both views.",
    "The next version will have a sentence on {about} that reflects it.",
    "I have noted it for the section on {about}.",
    "If there is more on {about}, please send it before the next call.",
    "Everything on {about} is in one place now, and we name what is not solved.",
    "I have made a comment in the working document at the place on {about}.",
    "Let us see what the session makes of {about}.",
    "That leaves some of {about} as an open question for next year.",
    "The rapporteur has the text on {about} now.",
    "Whoever wants to say more about {about} has until Friday.",
];

/// Something to talk about, on one list.
pub(crate) struct Topic {
    pub(crate) list: String,
    pub(crate) start: Moment,
    subject: String,
    about: String,
    /// The texts by their names: `1`, `2`, `a`, `b`, `c`, `z`.
    texts: [String; 6],
}

impl Topic {
    /// Reads the topics of a text.
    pub(crate) fn parse_all(text: &str) -> Result<Vec<Topic>, String> {
        text.split("=== ").skip(1).map(Topic::parse).collect()
    }

    fn parse(text: &str) -> Result<Topic, String> {
        let (head, rest) = text.split_once('\n').ok_or("a topic of one line")?;
        let (list, date) = head.split_once(' ').ok_or(format!("no date: {head}"))?;
        let start = Moment::parse(&format!("{date} 09:00 +0000")).ok_or(format!("not a date: {date}"))?;
        let value = |name: &str| {
            rest.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(str::to_string)
                .ok_or(format!("{head}: no line {name}"))
        };
        let texts = [value("1")?, value("2")?, value("a")?, value("b")?, value("c")?, value("z")?];
        Ok(Topic { list: list.to_string(), start, subject: value("subject")?, about: value("about")?, texts })
    }
}

/// Where and when a thread takes place.
pub(crate) struct Scene<'a> {
    /// Opens the keys of its letters.
    pub(crate) key: &'a str,
    /// Counts the threads; decides whose turn it is among the frames.
    pub(crate) number: usize,
    pub(crate) list: &'a str,
    pub(crate) start: Moment,
    pub(crate) people: &'a [Arc<Person>],
    /// Adds made-up names, so that archives of any size have as many words as they should.
    pub(crate) with_names: bool,
}

/// Who says what, in answer to which message of the thread, quoting which paragraph of it.
struct Reply<'a> {
    who: usize,
    parent: usize,
    paragraph: usize,
    text: &'a str,
    leads: &'a [&'static str],
    ends: &'a [&'static str],
}

/// The letters of one thread, in order of their dates.
pub(crate) fn thread(topic: &Topic, scene: &Scene<'_>, random: &mut Random) -> Vec<Letter> {
    let [one, two, a, b, c, z] = &topic.texts;
    let first = random.index(scene.people.len());
    let here = random.index(PLACES.len());
    let elsewhere = PLACES[(here + 5) % PLACES.len()];
    let cast: [&Person; 4] = std::array::from_fn(|i| &*scene.people[(first + i * 5) % scene.people.len()]);
    // Who answers writes from another place; an empty name is that of nobody, in the first message.
    let say = |template: &str, name: &str, random: &mut Random| {
        let place = if name.is_empty() { PLACES[here] } else { elsewhere };
        fill(template, &topic.about, name, place, random)
    };
    // By turns and not by chance: nothing is heard twice in a thread, nor soon after.
    let turn = |pool: &[&'static str], at: usize| pool[(scene.number * 3 + at) % pool.len()];

    let mut root = vec![
        prose(turn(&GREETINGS, 0).to_string()),
        prose(say(turn(&LEADS, 0), "", random)),
        prose(say(one, "", random)),
        prose(say(two, "", random)),
        prose(say(turn(&ENDS, 0), "", random)),
    ];
    if scene.with_names {
        root.insert(4, prose(record(random)));
    }
    if random.below(2) == 0 {
        root.push(Block::Signature);
    } else {
        root.push(prose(cast[0].first_name().to_string()));
    }

    let replies = [
        Reply { who: 1, parent: 0, paragraph: 3, text: a, leads: &REPLIES, ends: &REPLY_ENDS },
        Reply { who: 2, parent: 0, paragraph: 4, text: b, leads: &REPLIES, ends: &REPLY_ENDS },
        Reply { who: 3, parent: 1, paragraph: 2, text: c, leads: &REPLIES, ends: &REPLY_ENDS },
        Reply { who: 0, parent: 3, paragraph: 2, text: z, leads: &THANKS, ends: &CLOSINGS },
    ];
    let mut letters = vec![letter(topic, scene, 0, cast[0], 0, root, random)];
    letters[0].subject = topic.subject.clone();
    for (at, Reply { who, parent, paragraph, text, leads, ends }) in replies.into_iter().enumerate() {
        // An answer comes after what was said last, even where that had to wait for a morning.
        let last = letters.last().and_then(|last| last.moment).map_or(0, |moment| moment.seconds);
        let minutes = (last - scene.start.seconds) / 60 + random.between(35, 2600);
        let answered = cast[parent];
        let lead = prose(say(turn(leads, at), answered.first_name(), random));
        let text = prose(say(text, answered.first_name(), random));
        let end = prose(say(turn(ends, at), answered.first_name(), random));
        let name = prose(cast[who].first_name().to_string());
        let blocks = match random.below(5) {
            0 => vec![lead, text, end, Block::Signature, Block::Everything],
            1 => vec![lead, text, end, name, Block::Outlook],
            2 => vec![lead, Block::Attribution, Block::Quote(paragraph), text, end, Block::Signature],
            3 => vec![Block::Attribution, Block::Quote(paragraph), lead, text, end, name],
            _ => vec![lead, Block::Attribution, Block::Quote(paragraph), text, end, name],
        };
        let mut reply = letter(topic, scene, at + 1, cast[who], minutes, blocks, random);
        reply.parent = Some(letters[parent].key.clone());
        letters.push(reply);
    }
    letters
}

fn letter(
    topic: &Topic,
    scene: &Scene<'_>,
    number: usize,
    from: &Person,
    minutes: i64,
    blocks: Vec<Block>,
    random: &mut Random,
) -> Letter {
    let list = if scene.list.is_empty() { &topic.list } else { scene.list };
    let mime = match random.below(8) {
        0 | 1 => Mime::Flowed,
        2 => Mime::Quoted("utf-8"),
        3 => Mime::Alternative,
        _ => Mime::Plain,
    };
    Letter {
        key: format!("{}-{number}", scene.key),
        lists: vec![list.to_string()],
        from: from.key.clone(),
        moment: Some(awake(scene.start.seconds + minutes * 60, from, random)),
        mime,
        blocks,
        ..Letter::default()
    }
}

/// The moment, or the next morning where the writer would be asleep.
fn awake(seconds: i64, from: &Person, random: &mut Random) -> Moment {
    let moment = Moment { seconds, offset: from.offset };
    let hour = moment.clock().hour;
    let later = if hour < 7 { (7 - hour) * 3600 + random.between(0, 7200) } else { 0 };
    Moment { seconds: seconds + later, ..moment }
}

fn prose(text: String) -> Block {
    Block::Prose(text)
}

fn fill(template: &str, about: &str, name: &str, place: &str, random: &mut Random) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (slot, after) = after.split_once('}').unwrap_or((after, ""));
        match slot {
            "about" => out.push_str(about),
            "name" => out.push_str(name),
            "place" => out.push_str(place),
            "n" => out.push_str(&random.between(3, 48).to_string()),
            "pct" => out.push_str(&random.between(6, 71).to_string()),
            other => out.push_str(other),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A sentence full of names that occur once or twice in a whole archive, as real mail has them.
fn record(random: &mut Random) -> String {
    let (office, town, project) = (word(random, 3), word(random, 2), word(random, 4));
    let (count, year) = (random.between(3, 9000), random.between(1961, 1996));
    format!(
        "For the record: the {office} office in {town} counted {count} of them in {year}, in its notes on {project}."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_filled() {
        let mut random = Random::new(1);
        assert_eq!(
            fill("{name} on {about} in {place}.", "cost", "Ann", "Suvela", &mut random),
            "Ann on cost in Suvela."
        );
    }
}
