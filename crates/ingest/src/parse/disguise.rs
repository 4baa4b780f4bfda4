//! Names made to look like somebody else's: said beside the message, never put right.

use crate::{Address, Problem};

/// Scripts whose letters look like each other's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Cherokee,
}

/// Notes what in an author's name or address may deceive: signs that are not seen or turn what is seen around, words of letters that
/// only look alike, and an address in the place of a name that is not the one behind it.
pub(super) fn note(author: &Address, problems: &mut Vec<Problem>) {
    let (name, email) = (author.name.as_deref().unwrap_or(""), author.email.as_deref().unwrap_or(""));
    // Nearly every author.
    if name.bytes().chain(email.bytes()).all(|byte| byte.is_ascii_graphic() && byte != b'@' || byte == b' ') {
        return;
    }
    let mut say = |detail: &str| problems.push(Problem::new("from", detail));
    if name.chars().chain(email.chars()).any(is_hidden) {
        say("the author's name or address holds signs that are not seen");
    }
    if [name, email].into_iter().flat_map(|text| text.split(|c: char| !c.is_alphabetic())).any(is_mixed) {
        say("the author's name or address mixes letters of several scripts that look alike");
    }
    let domain = |address: &str| address.rsplit('@').next().unwrap_or("").to_lowercase();
    let named = name.split(|c: char| c.is_whitespace() || "<>()\"',;:[]".contains(c)).find(|word| is_address(word));
    if named.is_some_and(|named| domain(named) != domain(email)) {
        say("the author's name is an address, and not the one it came from");
    }
    if domain(email).split('.').any(|label| label.starts_with("xn--")) || !domain(email).is_ascii() {
        say("the author's address has a domain with letters that may look like others");
    }
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.trim_end_matches('.').contains('.'))
}

/// Controls, signs without width, and signs of direction. Persian and the scripts of India join and part letters by two of them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{180E}' | '\u{200B}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
        || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether a word has letters of two scripts that look alike.
fn is_mixed(word: &str) -> bool {
    let mut scripts = word.chars().filter_map(script);
    scripts.next().is_some_and(|first| scripts.any(|other| other != first))
}

fn script(c: char) -> Option<Script> {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' | '\u{FF21}'..='\u{FF5A}' => {
            Some(Script::Latin)
        }
        '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Some(Script::Greek),
        '\u{400}'..='\u{52F}' => Some(Script::Cyrillic),
        '\u{531}'..='\u{587}' => Some(Script::Armenian),
        '\u{13A0}'..='\u{13FF}' | '\u{AB70}'..='\u{ABBF}' => Some(Script::Cherokee),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, email: &str, expected: &[&str]) {
        let mut problems = Vec::new();
        note(&Address { name: Some(name.into()), email: Some(email.into()) }, &mut problems);
        let said: Vec<&str> = problems.iter().map(|problem| problem.detail.as_str()).collect();
        assert_eq!(said.len(), expected.len(), "{name} <{email}>: {said:?}");
        assert!(said.iter().zip(expected).all(|(said, part)| said.contains(part)), "{name} <{email}>: {said:?}");
    }

    #[test]
    fn honest_names_in_any_script_pass_without_remark() {
        for (name, email) in [
            ("Ada Sample", "ada@example.org"),
            ("Željka Øst-Müller", "zeljka@example.org"),
            ("Дарья Пример", "darya@example.org"),
            ("Νίκη Δείγμα", "niki@example.org"),
            ("Дарья Пример (Daria Primer)", "darya@example.org"),
            ("山田 Taro", "taro@example.org"),
            ("علی\u{200C}رضا", "ali@example.org"),
            ("ada@example.org", "Ada@Example.org"),
            ("Ada @ Example", "ada@example.org"),
        ] {
            check(name, email, &[]);
        }
    }

    #[test]
    fn names_that_deceive_are_said() {
        check("\u{202E}gro.elpmaxe@ada\u{202C}", "eve@example.net", &["not seen"]);
        check("A\u{200B}da Sample", "eve@example.net", &["not seen"]);
        check("Аda Sample", "eve@example.net", &["look alike"]);
        check("Ada Sαmple", "eve@example.net", &["look alike"]);
        check("ada@example.org", "eve@example.net", &["not the one it came from"]);
        check("Ada (ada@example.org)", "eve@example.net", &["not the one it came from"]);
        check("Ada", "ada@xn--exmple-cua.org", &["domain with letters"]);
        check("Ada", "ada@exаmple.org", &["look alike", "domain with letters"]);
        check("Ada\u{0}", "ada@example.org", &["not seen"]);
    }
}
