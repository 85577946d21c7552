//! JSON pointers, RFC 6901.

use std::borrow::Cow;

use crate::PointerFault;

/// The unescaped parts of a pointer.
pub(crate) fn tokens(
    pointer: &str,
) -> Result<impl DoubleEndedIterator<Item = Cow<'_, str>> + Clone, PointerFault> {
    let parts = match pointer.strip_prefix('/') {
        Some(parts) => Some(parts),
        None if pointer.is_empty() => None,
        None => return Err(PointerFault::Malformed),
    };
    if pointer.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1'])) {
        return Err(PointerFault::Malformed);
    }
    Ok(parts.into_iter().flat_map(|parts| parts.split('/')).map(|part| {
        if part.contains('~') {
            Cow::Owned(part.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(part)
        }
    }))
}

/// The index that a part spells: digits without a leading zero.
pub(crate) fn index(token: &str) -> Option<usize> {
    let digits = token.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = token.len() > 1 && token.starts_with('0');
    if digits && !leading_zero { token.parse().ok() } else { None }
}
