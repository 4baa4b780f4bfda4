//! The header under which an attachment is sent: one header, one bare name.

use percent_encoding::percent_decode_str;
use plenary_web::disposition;

/// What some file systems take, in bytes, with room for ` (1)`.
const LONGEST: usize = 250;

/// The name of a file.
pub fn file_name(bytes: &[u8]) {
    let name = String::from_utf8_lossy(bytes);
    let header = disposition(&name);
    let rest = header.strip_prefix("attachment; filename=\"").expect("nothing is shown in the page");
    let (plain, rest) = rest.split_once('"').expect("the name's quotes close");
    let encoded = rest.strip_prefix("; filename*=UTF-8''").expect("the real name follows");
    assert!(plain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._- ".contains(&byte)), "{header}");
    assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-%".contains(&byte)), "{header}");
    let real = percent_decode_str(encoded).decode_utf8().expect("a name is text");
    for name in [plain, &real] {
        assert!(!name.is_empty() && name.len() <= LONGEST, "{name:?}");
        assert!(!name.contains(['/', '\\']) && !name.chars().any(char::is_control), "{name:?} is no bare name");
        assert!(!name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']), "{name:?} hides or changes its end");
    }
    assert_eq!(plain.chars().count(), real.chars().count(), "old clients see the same name");
    assert_eq!(disposition(&real), header, "a name that was cleaned stays");
}
