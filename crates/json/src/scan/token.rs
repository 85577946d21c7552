//! Tokens that lie in one piece.

use wide::u8x16;

pub(crate) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The length of a word or a plain whole number that `bytes` begin with and that ends before they do; none if it takes a
/// closer look.
pub(super) fn scalar(bytes: &[u8]) -> Option<usize> {
    let length = match bytes {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        [b'1'..=b'9', rest @ ..] => 1 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        [b'0', ..] => 1,
        _ => return None,
    };
    let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || is_white(*byte);
    bytes.get(length).is_some_and(ends).then_some(length)
}

/// Where the plain part ends of a string that goes on at `at`: see [`plain_run`].
#[inline]
pub(super) fn plain_end(bytes: &[u8], at: usize) -> usize {
    at + plain_run(bytes.get(at..).unwrap_or_default())
}

/// How many bytes of a string stand for themselves, before a quote, a backslash or a control character.
#[inline]
pub(crate) fn plain_run(bytes: &[u8]) -> usize {
    let mut at = 0;
    let mut rest = bytes;
    while let Some((block, behind)) = rest.split_first_chunk::<16>() {
        let block = u8x16::new(*block);
        let ends = block.simd_eq(u8x16::splat(b'"'))
            | block.simd_eq(u8x16::splat(b'\\'))
            | block.min(u8x16::splat(0x1F)).simd_eq(block);
        let ends = ends.to_bitmask();
        if ends != 0 {
            return at + ends.trailing_zeros() as usize;
        }
        at += 16;
        rest = behind;
    }
    at + special(rest).unwrap_or(rest.len())
}

fn special(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
}

#[cfg(test)]
mod tests {
    use super::plain_run;

    #[test]
    fn plain_runs_end_at_each_special_byte() {
        for length in 0..40 {
            let plain = vec![0xE4; length];
            assert_eq!(plain_run(&plain), length);
            for at in 0..length {
                for byte in 0..=255 {
                    let mut text = vec![b'a'; length];
                    text[at] = byte;
                    let want = if byte == b'"' || byte == b'\\' || byte < 0x20 { at } else { length };
                    assert_eq!(plain_run(&text), want, "{byte} at {at} of {length}");
                }
            }
        }
    }
}
