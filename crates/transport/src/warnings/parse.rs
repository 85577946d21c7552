//! Reading the header: `299 - "text"`, several of them apart by commas (RFC 9111 of old, RFC 7234 section 5.5).

use base64::{Engine, engine::general_purpose::STANDARD};

/// A warning of the server's: a field that it did not know, an API that is going away.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerWarning {
    /// Who warns; `-` where that is not said.
    pub agent: String,
    /// What is said, without control characters, at most 8 KiB of it.
    pub text: String,
}

/// The warnings of one header value with the code 299, the only one that Kubernetes uses. After a fault the rest of the
/// value is skipped.
pub(super) fn warnings(value: &[u8]) -> Vec<ServerWarning> {
    let text = String::from_utf8_lossy(value);
    let mut rest = text.as_ref();
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let Some((code, agent, text, after)) = one(rest) else { return found };
        if code == "299" {
            found.push(ServerWarning { agent: clean(agent), text: clean(&decoded(&text)) });
        }
        rest = after;
    }
}

/// Code, agent, text, and what comes after them.
fn one(text: &str) -> Option<(&str, &str, String, &str)> {
    let (code, rest) = text.split_once(' ')?;
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (agent, rest) = rest.trim_start().split_once(' ')?;
    let (text, rest) = quoted(rest.trim_start())?;
    let rest = rest.trim_start();
    // A date may follow, which says nothing that the answer's own doesn't.
    let rest = if rest.starts_with('"') { quoted(rest)?.1.trim_start() } else { rest };
    (rest.is_empty() || rest.starts_with(',')).then_some((code, agent, text, rest))
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix('"')?.char_indices();
    let mut out = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, &text[at + 2..])),
            '\\' => out.push(chars.next()?.1),
            _ => out.push(c),
        }
    }
    None
}

/// Undoes RFC 2047 where the whole text is one encoded word of UTF-8, as Go writes what is not ASCII.
fn decoded(text: &str) -> String {
    let words = text.split(' ').map(|word| encoded_word(word).ok_or(word));
    let words: Vec<_> = words.collect();
    let mut out = String::new();
    for (index, word) in words.iter().enumerate() {
        let joined =
            matches!((index.checked_sub(1).map(|before| &words[before]), word), (Some(Ok(_)), Ok(_)));
        if index > 0 && !joined {
            out.push(' ');
        }
        out.push_str(word.as_ref().map_or_else(|plain| *plain, String::as_str));
    }
    out
}

fn encoded_word(word: &str) -> Option<String> {
    let inner = word.strip_prefix("=?")?.strip_suffix("?=")?;
    let (charset, inner) = inner.split_once('?')?;
    let (encoding, data) = inner.split_once('?')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let bytes = match encoding {
        "b" | "B" => STANDARD.decode(data).ok()?,
        "q" | "Q" => {
            let mut bytes = Vec::new();
            let mut rest = data.bytes();
            while let Some(byte) = rest.next() {
                bytes.push(match byte {
                    b'_' => b' ',
                    b'=' => {
                        let digit = |byte: u8| char::from(byte).to_digit(16);
                        let value = digit(rest.next()?)? * 16 + digit(rest.next()?)?;
                        u8::try_from(value).ok()?
                    }
                    other => other,
                });
            }
            bytes
        }
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

/// Nothing that would move the cursor of a terminal, and not too much.
fn clean(text: &str) -> String {
    let mut clean: String = text.chars().filter(|c| !c.is_control()).collect();
    let mut end = clean.len().min(MAX_BYTES);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    clean.truncate(end);
    clean
}

const MAX_BYTES: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::warnings;

    #[track_caller]
    fn check(value: &str, want: &[(&str, &str)]) {
        let got = warnings(value.as_bytes());
        let got: Vec<_> = got.iter().map(|warning| (warning.agent.as_str(), warning.text.as_str())).collect();
        assert_eq!(got, want, "{value}");
    }

    #[test]
    fn warnings_are_read() {
        check(r#"299 - "one""#, &[("-", "one")]);
        check(r#"299 - "one", 299 agent "two""#, &[("-", "one"), ("agent", "two")]);
        check(
            r#"299 - "a, \"b\" \\ c" "Sun, 06 Nov 1994 08:49:37 GMT",299 - "d""#,
            &[("-", r#"a, "b" \ c"#), ("-", "d")],
        );
        check(r#"199 - "other", 299 - "ours""#, &[("-", "ours")]);
        check(r#"299 - "=?utf-8?q?caf=C3=A9_au_lait?=""#, &[("-", "café au lait")]);
        check(r#"299 - "=?UTF-8?B?Y2Fmw6k=?= =?UTF-8?B?Y2Fmw6k=?= x""#, &[("-", "cafécafé x")]);
        check(
            r#"299 - "=?latin1?q?x?= =?utf-8?q?=zz?= =?utf-8?x?y?=""#,
            &[("-", "=?latin1?q?x?= =?utf-8?q?=zz?= =?utf-8?x?y?=")],
        );
        check("299 - \"\u{1b}[31mred\u{7}\"", &[("-", "[31mred")]);
        check(r#"299 - """#, &[("-", "")]);
    }

    #[test]
    fn what_is_malformed_is_skipped() {
        for value in [
            "",
            ",",
            "299",
            "299 -",
            "299 - ",
            "299 - x",
            r#"299 - "x"#,
            r#"299 - "x\"#,
            r#"99 - "x""#,
            r#"2999 - "x""#,
            r#"abc - "x""#,
            r#"299 - "x" y"#,
        ] {
            check(value, &[]);
        }
        check(r#"299 - "kept", oops, 299 - "lost""#, &[("-", "kept")]);
        let long = format!("299 - \"{}é\"", "x".repeat((8 << 10) - 1));
        assert_eq!(warnings(long.as_bytes())[0].text.len(), (8 << 10) - 1);
        assert_eq!(warnings(b"299 - \"\xff\"")[0].text, "\u{fffd}");
    }
}
