//! Which messages belong to one conversation, and how a conversation is drawn: pure functions of what messages say of one another.

use std::collections::HashMap;

use crate::catalogue::Map;

/// How many seconds may lie between a message and the one it is joined to by subject alone: 60 days. Subjects like
/// "meeting notes" come back every year.
pub const WEAK_JOIN: i64 = 60 * 86_400;

/// What grouping needs to know of a message.
pub struct Member<'a> {
    /// Key of its id.
    pub key: u64,
    /// Seconds.
    pub date: Option<i64>,
    /// Keys of what it answers, oldest first.
    pub references: &'a [u64],
    /// Key of its base subject, 0 for none.
    pub subject: u64,
    /// Whether its subject has a reply mark.
    pub is_reply: bool,
    /// Numbers of its lists, sorted.
    pub lists: &'a [u32],
}

/// Where a message was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Index of the first message of its thread.
    pub root: usize,
    /// Whether only its subject joins it.
    pub weak: bool,
}

/// Groups messages. The answer depends on the set of messages, not on their order, except that indices are theirs.
///
/// Messages that name one another in References or In-Reply-To, even through a missing one, are one thread. A reply
/// that names none is joined, weakly, to the latest earlier message with its subject on one of its lists, if that is at most
/// [`WEAK_JOIN`] older. A thread is named by its first message: the earliest, by date and then key.
pub fn group(members: &[Member<'_>]) -> Vec<Joined> {
    let mut sets = Sets::new(members.len());
    let mut nodes: Map<u64, usize> = Map::default();
    for (i, member) in members.iter().enumerate() {
        let node = *nodes.entry(member.key).or_insert(i);
        sets.join(i, node);
    }
    for (i, member) in members.iter().enumerate() {
        for &reference in member.references {
            // A missing message still joins those who name it: it is a node of its own.
            let node = *nodes.entry(reference).or_insert_with(|| sets.add());
            sets.join(i, node);
        }
    }
    let weak = join_by_subject(members, &mut sets);
    let order = |i: usize| (members[i].date.unwrap_or(i64::MAX), members[i].key, i);
    let mut roots: Map<usize, usize> = Map::default();
    for i in 0..members.len() {
        let set = sets.find(i);
        roots
            .entry(set)
            .and_modify(|root| {
                if order(i) < order(*root) {
                    *root = i
                }
            })
            .or_insert(i);
    }
    (0..members.len()).map(|i| Joined { root: roots[&sets.find(i)], weak: weak[i] }).collect()
}

fn join_by_subject(members: &[Member<'_>], sets: &mut Sets) -> Vec<bool> {
    let mut by_date: Vec<usize> =
        (0..members.len()).filter(|&i| members[i].date.is_some() && members[i].subject != 0).collect();
    by_date.sort_by_key(|&i| (members[i].date, members[i].key, i));
    let mut latest: Map<(u32, u64), usize> = Map::default();
    let mut weak = vec![false; members.len()];
    for i in by_date {
        let member = &members[i];
        if member.is_reply && member.references.is_empty() {
            let date = member.date.unwrap_or_default();
            let before = member.lists.iter().filter_map(|&list| latest.get(&(list, member.subject)).copied());
            let near = before.filter(|&j| date - members[j].date.unwrap_or_default() <= WEAK_JOIN);
            if let Some(j) = near.max_by_key(|&j| (members[j].date, members[j].key)) {
                sets.join(i, j);
                weak[i] = true;
            }
        }
        for &list in member.lists {
            latest.insert((list, member.subject), i);
        }
    }
    weak
}

/// Disjoint sets with path halving: no recursion, near-constant time.
pub(crate) struct Sets(Vec<usize>);

impl Sets {
    pub(crate) fn new(size: usize) -> Sets {
        Sets((0..size).collect())
    }

    fn add(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    pub(crate) fn find(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        if a != b {
            let (low, high) = (a.min(b), a.max(b));
            self.0[high] = low;
        }
    }
}

/// What drawing needs to know of a message in a thread.
pub struct Leaf<'a> {
    /// Key of its id.
    pub key: u64,
    /// Seconds; undated ones come last.
    pub date: i64,
    /// Keys of what it answers, oldest first.
    pub references: &'a [u64],
    /// Joined by its subject alone.
    pub weak: bool,
}

/// One line of a drawn thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// How far from the root.
    pub depth: usize,
    /// Index of the message; `None` for one that is missing.
    pub message: Option<usize>,
    /// Index of the message it answers.
    pub parent: Option<usize>,
}

/// Draws a thread: every message once, each before its replies, replies by date. A parent is the last reference that leads
/// to a message here; a missing parent that several messages answer gets a line of its own. A circle is cut
/// at its earliest message.
pub fn draw(leaves: &[Leaf<'_>]) -> Vec<Drawn> {
    let mut index: HashMap<u64, usize> = HashMap::with_capacity(leaves.len());
    for (i, leaf) in leaves.iter().enumerate() {
        index.entry(leaf.key).or_insert(i);
    }
    let first = (0..leaves.len()).min_by_key(|&i| (leaves[i].date, leaves[i].key));
    let mut ghosts: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut parents: Vec<Option<usize>> = vec![None; leaves.len()];
    let mut order: Vec<usize> = (0..leaves.len()).collect();
    order.sort_by_key(|&i| (leaves[i].date, leaves[i].key, i));
    // Latest first: then what closes a circle is the earliest message in it, which is left on top. And as long as messages answer
    // earlier ones, the one above has nothing above it yet, so looking for a circle takes one step however deep the thread is.
    for &i in order.iter().rev() {
        let parent = leaves[i].references.iter().rev().filter_map(|key| index.get(key).copied()).find(|&p| p != i);
        let parent = parent.or(if leaves[i].weak { first.filter(|&p| p != i) } else { None });
        match parent {
            Some(p) if !leads_to(&parents, p, i) => parents[i] = Some(p),
            _ => {
                if let Some(&missing) = leaves[i].references.last().filter(|key| !index.contains_key(key)) {
                    ghosts.entry(missing).or_default().push(i);
                }
            }
        }
    }
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); leaves.len()];
    for &i in &order {
        if let Some(p) = parents[i] {
            children[p].push(i);
        }
    }
    ghosts.retain(|_, replies| replies.len() > 1);
    let ghost_of: HashMap<usize, u64> =
        ghosts.iter().flat_map(|(&key, replies)| replies.iter().map(move |&i| (i, key))).collect();
    let mut drawn = Vec::with_capacity(leaves.len());
    let mut shown_ghosts: HashMap<u64, ()> = HashMap::new();
    for &root in order.iter().filter(|&&i| parents[i].is_none()) {
        match ghost_of.get(&root) {
            Some(key) if shown_ghosts.insert(*key, ()).is_none() => {
                drawn.push(Drawn { depth: 0, message: None, parent: None });
                let mut replies = ghosts[key].clone();
                replies.sort_by_key(|&i| (leaves[i].date, leaves[i].key, i));
                replies.into_iter().for_each(|reply| branch(reply, 1, &parents, &children, &mut drawn));
            }
            Some(_) => {}
            None => branch(root, 0, &parents, &children, &mut drawn),
        }
    }
    drawn
}

/// One message and all below it, without recursing: threads may be 10,000 deep.
fn branch(root: usize, depth: usize, parents: &[Option<usize>], children: &[Vec<usize>], drawn: &mut Vec<Drawn>) {
    let mut stack = vec![(root, depth)];
    while let Some((i, depth)) = stack.pop() {
        drawn.push(Drawn { depth, message: Some(i), parent: parents[i] });
        stack.extend(children[i].iter().rev().map(|&child| (child, depth + 1)));
    }
}

/// Whether going up from `from` one comes to `to`: then `to` may not become a child of `from`.
fn leads_to(parents: &[Option<usize>], from: usize, to: usize) -> bool {
    let mut at = Some(from);
    while let Some(i) = at {
        if i == to {
            return true;
        }
        at = parents[i];
    }
    false
}

#[cfg(test)]
mod tests;
