//! Numbers and spans of numbers: `0`, `>5`, `2..5`, `1M..`.

/// Smallest, largest (both included), and the one spelling.
pub(super) type Span = (Option<u64>, Option<u64>, String);

/// Reads the value of `replies:` or `size:`; `None` when it is no number.
pub(super) fn span(value: &str) -> Option<Span> {
    let typed = value.trim().to_lowercase();
    let (from, to) = if let Some(low) = typed.strip_prefix(">=") {
        (Some(number(low)?), None)
    } else if let Some(high) = typed.strip_prefix("<=") {
        (None, Some(number(high)?))
    } else if let Some(low) = typed.strip_prefix('>') {
        (Some(number(low)?.checked_add(1)?), None)
    } else if let Some(high) = typed.strip_prefix('<') {
        (None, Some(number(high)?.checked_sub(1)?))
    } else if let Some((low, high)) = typed.split_once("..") {
        let side = |text: &str| if text.is_empty() { Some(None) } else { number(text).map(Some) };
        (side(low)?, side(high)?)
    } else {
        let exactly = number(&typed)?;
        (Some(exactly), Some(exactly))
    };
    if from.is_none() && to.is_none() {
        return None;
    }
    match (from, to) {
        (Some(low), Some(high)) if low > high => {
            let (low_typed, high_typed) = typed.split_once("..")?;
            Some((to, from, format!("{high_typed}..{low_typed}")))
        }
        _ => Some((from, to, typed)),
    }
}

fn number(text: &str) -> Option<u64> {
    let text = text.strip_suffix('b').unwrap_or(text);
    let (digits, unit) = match text.as_bytes().last()? {
        b'k' => (&text[..text.len() - 1], 1 << 10),
        b'm' => (&text[..text.len() - 1], 1 << 20),
        b'g' => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1_u64),
    };
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse::<u64>().ok()?.checked_mul(unit)).flatten()
}
