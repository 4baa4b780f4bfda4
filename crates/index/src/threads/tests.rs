//! Tests of grouping and drawing: by hand for what a reader would expect, by property for what no order may change.

use proptest::prelude::*;

use super::*;

/// A message of a test: key, day, what it answers, subject, whether a reply.
type Made = (u64, i64, Vec<u64>, u64, bool);

fn grouped(messages: &[Made]) -> Vec<(u64, u64, bool)> {
    let members: Vec<Member<'_>> = messages
        .iter()
        .map(|(key, day, references, subject, is_reply)| Member {
            key: *key,
            date: Some(day * 86_400),
            references,
            subject: *subject,
            is_reply: *is_reply,
            lists: &[0],
        })
        .collect();
    let mut groups: Vec<_> = group(&members)
        .iter()
        .enumerate()
        .map(|(i, joined)| (messages[i].0, messages[joined.root].0, joined.weak))
        .collect();
    groups.sort_unstable();
    groups
}

fn drawn(messages: &[Made]) -> Vec<(Option<u64>, usize)> {
    let leaves: Vec<Leaf<'_>> = messages
        .iter()
        .map(|(key, day, references, _, _)| Leaf { key: *key, date: *day, references, weak: false })
        .collect();
    draw(&leaves).iter().map(|line| (line.message.map(|i| messages[i].0), line.depth)).collect()
}

#[test]
fn a_reply_joins_what_it_names_even_through_a_missing_message() {
    let messages =
        [(1, 1, vec![], 7, false), (2, 2, vec![1], 8, false), (3, 3, vec![9], 0, false), (4, 4, vec![9], 0, false)];
    assert_eq!(grouped(&messages), [(1, 1, false), (2, 1, false), (3, 3, false), (4, 3, false)]);
}

#[test]
fn a_reply_that_names_nothing_joins_by_subject_for_sixty_days_and_no_longer() {
    let messages = |day| [(1, 1, vec![], 7, false), (2, day, vec![], 7, true)];
    assert_eq!(grouped(&messages(61)), [(1, 1, false), (2, 1, true)]);
    assert_eq!(grouped(&messages(62)), [(1, 1, false), (2, 2, false)]);
}

#[test]
fn the_same_subject_without_a_reply_mark_is_another_thread() {
    let messages = [(1, 1, vec![], 7, false), (2, 2, vec![], 7, false)];
    assert_eq!(grouped(&messages), [(1, 1, false), (2, 2, false)]);
}

#[test]
fn replies_stand_below_what_they_answer_in_the_order_of_their_dates() {
    let messages =
        [(1, 1, vec![], 0, false), (3, 3, vec![1], 0, true), (2, 2, vec![1], 0, true), (4, 4, vec![1, 2], 0, true)];
    assert_eq!(drawn(&messages), [(Some(1), 0), (Some(2), 1), (Some(4), 2), (Some(3), 1)]);
}

#[test]
fn a_missing_parent_of_several_has_a_line_of_its_own() {
    let messages = [(1, 1, vec![9], 0, true), (2, 2, vec![9], 0, true), (3, 3, vec![8], 0, true)];
    assert_eq!(drawn(&messages), [(None, 0), (Some(1), 1), (Some(2), 1), (Some(3), 0)]);
}

#[test]
fn a_chain_of_ten_thousand_is_drawn_without_recursing() {
    let messages: Vec<Made> =
        (0..10_000).map(|i| (i, i as i64, if i == 0 { vec![] } else { vec![i - 1] }, 0, true)).collect();
    let lines = drawn(&messages);
    assert_eq!((lines.len(), lines[9_999]), (10_000, (Some(9_999), 9_999)));
}

/// Messages that name one another at random: circles, themselves, missing ones.
fn messages() -> impl Strategy<Value = Vec<Made>> {
    let one = (0..30_i64, prop::collection::vec(0..40_u64, 0..4), 0..4_u64, any::<bool>());
    prop::collection::vec(one, 1..30).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(key, (day, references, subject, reply))| (key as u64, day, references, subject, reply))
            .collect()
    })
}

proptest! {
    #[test]
    fn every_message_is_drawn_exactly_once(messages in messages()) {
        let mut keys: Vec<u64> = drawn(&messages).into_iter().filter_map(|(key, _)| key).collect();
        keys.sort_unstable();
        let expected: Vec<u64> = (0..messages.len() as u64).collect();
        prop_assert_eq!(keys, expected);
    }

    #[test]
    fn no_order_of_arrival_changes_groups_or_drawings(messages in messages(), seed in any::<u64>()) {
        let mut shuffled = messages.clone();
        for i in (1..shuffled.len()).rev() {
            shuffled.swap(i, (seed.rotate_left(i as u32) % (i as u64 + 1)) as usize);
        }
        prop_assert_eq!(grouped(&messages), grouped(&shuffled));
        prop_assert_eq!(drawn(&messages), drawn(&shuffled));
    }

    #[test]
    fn a_line_is_never_deeper_than_one_below_the_line_before(messages in messages()) {
        let mut deepest = 0;
        for (_, depth) in drawn(&messages) {
            prop_assert!(depth <= deepest);
            deepest = depth + 1;
        }
    }
}
