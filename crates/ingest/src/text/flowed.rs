//! `format=flowed` (RFC 3676) turned into fixed lines.

/// Joins the soft-broken lines of a flowed text, quotation by quotation, and takes the stuffed spaces away.
///
/// One stuffed space stays: before a `>` of the author's own, which would otherwise read as a quotation.
pub fn unflow(text: &str, delsp: bool) -> String {
    let mut fixed = String::with_capacity(text.len());
    // Depth of the line that waits for its continuation.
    let mut waiting: Option<usize> = None;
    for whole in text.split_inclusive('\n') {
        let line = whole.strip_suffix('\n').map_or(whole, |line| line.strip_suffix('\r').unwrap_or(line));
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let said = &line[depth..];
        let said = said.strip_prefix(' ').unwrap_or(said);
        let fence = said == "-- ";
        let soft = !fence && said.ends_with(' ');
        if waiting.is_some_and(|open| open != depth || fence) {
            // A quotation ended in the middle of a paragraph: the mailer was wrong, the depth is right.
            fixed.push('\n');
            waiting = None;
        }
        if waiting.is_none() {
            fixed.extend(std::iter::repeat_n('>', depth));
            if depth > 0 || (said.starts_with('>') && said.len() < line.len()) {
                fixed.push(' ');
            }
        }
        fixed.push_str(if soft && delsp { &said[..said.len() - 1] } else { said });
        waiting = soft.then_some(depth);
        if !soft && whole.ends_with('\n') {
            fixed.push('\n');
        }
    }
    if waiting.is_some() && text.ends_with('\n') {
        fixed.push('\n');
    }
    fixed
}
