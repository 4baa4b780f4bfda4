//! Archives of any size, for benches: the sample's topics, told by hundreds of made-up people over twenty years.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::Path,
    sync::Arc,
    thread,
};

use crate::{
    calendar::{Moment, days, month_name},
    people::{Person, stranger},
    pipermail,
    random::Random,
    raw,
    sent::Sent,
    topics::{self, MESSAGES, Scene, Topic},
};

/// First and last year of a generated archive.
const YEARS: (i64, i64) = (1997, 2016);

/// People on a list; with ten times the messages there are not ten times the people.
const PEOPLE: usize = 600;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Messages; all are different.
    pub messages: u64,
    /// Bytes of all dumps.
    pub bytes: u64,
}

/// Writes an archive of this many messages to `out_dir/list_1`, `list_2` and so on: Pipermail months for lists with an odd number,
/// mailboxes of a year with full headers and MIME for the others. The same seed gives the same bytes. Memory does not grow with the
/// archive.
///
/// # Errors
///
/// When a folder or a file cannot be written.
pub fn bulk(seed: u64, messages: u64, lists: u32, out_dir: &Path) -> io::Result<Written> {
    let topics = Topic::parse_all(include_str!("../text/topics.txt")).map_err(io::Error::other)?;
    let lists = u64::from(lists.max(1));
    let workers = thread::available_parallelism().map_or(1, |cores| cores.get() as u64).min(lists);
    let topics = &topics;
    thread::scope(|scope| {
        let workers: Vec<_> = (1..=workers)
            .map(|worker| {
                let numbers = (worker..=lists).step_by(usize::try_from(workers).unwrap_or(1));
                scope.spawn(move || {
                    numbers.map(|number| one_list(seed, messages, (number, lists), topics, out_dir)).collect()
                })
            })
            .collect();
        let mut written = Written::default();
        for worker in workers {
            let lists: io::Result<Vec<Written>> =
                worker.join().map_err(|_| io::Error::other("a thread has panicked"))?;
            for list in lists? {
                written.messages += list.messages;
                written.bytes += list.bytes;
            }
        }
        Ok(written)
    })
}

/// Writes list `number` of `lists`, with its share of the messages.
fn one_list(
    seed: u64,
    messages: u64,
    (number, lists): (u64, u64),
    topics: &[Topic],
    out_dir: &Path,
) -> io::Result<Written> {
    let messages = messages / lists + u64::from(number <= messages % lists);
    let list = format!("list_{number}");
    let mut dump = Dump::new(out_dir, &list, number % 2 == 1)?;
    fill(seed, messages, &list, topics, &mut dump)?;
    dump.close()?;
    Ok(Written { messages, bytes: dump.bytes })
}

fn fill(seed: u64, count: u64, list: &str, topics: &[Topic], dump: &mut Dump) -> io::Result<()> {
    let mut random = Random::named(seed, list);
    let people: Vec<Arc<Person>> = (0..PEOPLE).map(|number| Arc::new(stranger(number, &mut random))).collect();
    let by_key: HashMap<&str, &Arc<Person>> = people.iter().map(|person| (person.key.as_str(), person)).collect();
    let start = days(YEARS.0, 1, 2) * 86_400;
    let span = days(YEARS.1, 12, 20) * 86_400 - start;
    let threads = count.div_ceil(MESSAGES as u64);
    let mut left = count;
    // A thread goes on for days while others begin; a dump is in order of arrival.
    let mut waiting = BinaryHeap::new();
    for number in 0..threads {
        let seconds = start + (i128::from(span) * i128::from(number) / i128::from(threads)) as i64;
        while waiting.peek().is_some_and(|Reverse(next): &Reverse<Arrival>| next.seconds < seconds) {
            if let Some(Reverse(next)) = waiting.pop() {
                dump.write(&next.sent)?;
            }
        }
        let key = format!("{list}-{number}");
        let topic = &topics[random.index(topics.len())];
        let scene = Scene {
            key: &key,
            number: usize::try_from(number).unwrap_or(0),
            list,
            start: Moment { seconds, offset: 0 },
            people: &people,
            with_names: true,
        };
        let mut thread: Vec<Sent> = Vec::with_capacity(MESSAGES);
        for letter in topics::thread(topic, &scene, &mut random).iter().take(usize::try_from(left).unwrap_or(MESSAGES))
        {
            let from = by_key.get(letter.from.as_str()).copied().unwrap_or(&people[0]);
            let parent = letter.parent.as_ref().and_then(|key| thread.iter().find(|sent| sent.key == *key));
            thread.push(Sent::new(letter, from, parent, seed));
        }
        left -= thread.len() as u64;
        waiting.extend(thread.into_iter().map(|sent| Reverse(Arrival { seconds: sent.moment.seconds, sent })));
    }
    while let Some(Reverse(next)) = waiting.pop() {
        dump.write(&next.sent)?;
    }
    Ok(())
}

/// A message in the order of its arrival; the key decides between two in one second.
struct Arrival {
    seconds: i64,
    sent: Sent,
}

impl Ord for Arrival {
    fn cmp(&self, other: &Arrival) -> std::cmp::Ordering {
        (self.seconds, &self.sent.key).cmp(&(other.seconds, &other.sent.key))
    }
}

impl PartialOrd for Arrival {
    fn partial_cmp(&self, other: &Arrival) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Arrival {
    fn eq(&self, other: &Arrival) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Arrival {}

/// The files of one list, one of them open.
struct Dump<'a> {
    folder: std::path::PathBuf,
    list: &'a str,
    pipermail: bool,
    name: String,
    file: Option<BufWriter<File>>,
    buffer: Vec<u8>,
    bytes: u64,
}

impl<'a> Dump<'a> {
    fn new(out_dir: &Path, list: &'a str, pipermail: bool) -> io::Result<Dump<'a>> {
        let folder = out_dir.join(list);
        fs::create_dir_all(&folder)?;
        Ok(Dump { folder, list, pipermail, name: String::new(), file: None, buffer: Vec::new(), bytes: 0 })
    }

    fn write(&mut self, sent: &Sent) -> io::Result<()> {
        let clock = sent.moment.at_archive().clock();
        let name = if self.pipermail {
            format!("{}-{}.txt", clock.year, month_name(clock.month))
        } else {
            format!("{}.mbox", clock.year)
        };
        if name != self.name {
            self.close()?;
            self.file = Some(BufWriter::with_capacity(1 << 20, File::create(self.folder.join(&name))?));
            self.name = name;
        }
        self.buffer.clear();
        if self.pipermail {
            pipermail::write(&mut self.buffer, sent, self.list);
        } else {
            raw::write(&mut self.buffer, sent, self.list);
        }
        self.bytes += self.buffer.len() as u64;
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(&self.buffer))
    }

    fn close(&mut self) -> io::Result<()> {
        self.file.take().map_or(Ok(()), |mut file| file.flush())
    }
}
