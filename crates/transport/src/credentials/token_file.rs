//! A token in a file, which somebody rotates.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
    time::Duration,
};

use http::HeaderValue;
use tokio::{sync::Mutex, task::spawn_blocking, time::Instant};

use super::source::bearer;
use crate::error::{BoxError, Error, ErrorKind};

/// A token file, read again every 50 seconds while it is in use: client-go's minute less its ten seconds of leeway
/// (`transport/token_source.go`).
///
/// While it can't be read the last token that could be read goes on; before there was one, the token that the
/// configuration holds, if any.
pub(crate) struct TokenFile {
    path: PathBuf,
    fallback: Option<HeaderValue>,
    current: RwLock<Option<Token>>,
    /// Held by the one request that reads the file.
    reading: Mutex<()>,
}

#[derive(Clone)]
struct Token {
    bearer: HeaderValue,
    read_again: Instant,
}

/// What to do with the token that we have.
#[derive(Debug, PartialEq, Eq)]
enum Freshness {
    /// Use it.
    Fresh,
    /// Read the file; use it if that fails, or if somebody else is reading.
    Stale,
}

/// Whether a token is to be read again, now.
fn freshness(read_again: Instant, now: Instant) -> Freshness {
    if now < read_again { Freshness::Fresh } else { Freshness::Stale }
}

impl TokenFile {
    pub(super) fn new(path: PathBuf, fallback: Option<HeaderValue>) -> Self {
        Self { path, fallback, current: RwLock::new(None), reading: Mutex::new(()) }
    }

    /// The token, where the file need not be read for it.
    pub(super) fn fresh(&self, now: Instant) -> Option<HeaderValue> {
        let token = self.current()?;
        (freshness(token.read_again, now) == Freshness::Fresh).then_some(token.bearer)
    }

    /// The token, for which the file is read if it is time. Of several requests one reads; the others go on with the
    /// token that there is, and wait where there is none.
    pub(super) async fn bearer(&self) -> Result<HeaderValue, BoxError> {
        let _reading = match (self.reading.try_lock(), self.current()) {
            (Ok(reading), _) => reading,
            (Err(_), Some(token)) => return Ok(token.bearer),
            (Err(_), None) => self.reading.lock().await,
        };
        if let Some(bearer) = self.fresh(Instant::now()) {
            return Ok(bearer);
        }
        let path = self.path.clone();
        let read = spawn_blocking(move || read(&path)).await.map_err(io::Error::other).flatten();
        let now = Instant::now();
        match (read, self.current(), &self.fallback) {
            (Ok(bearer), _, _) => {
                self.keep(Token { bearer: bearer.clone(), read_again: now + READ_AGAIN });
                Ok(bearer)
            }
            (Err(error), Some(old), _) => {
                tracing::warn!(path = %self.path.display(), %error, "keeping the last token: its file can't be read");
                self.keep(Token { bearer: old.bearer.clone(), read_again: now + RETRY });
                Ok(old.bearer)
            }
            (Err(error), None, Some(fallback)) => {
                tracing::debug!(path = %self.path.display(), %error, "using the fixed token: the file can't be read");
                self.keep(Token { bearer: fallback.clone(), read_again: now + RETRY });
                Ok(fallback.clone())
            }
            (Err(source), None, None) => {
                let error = ReadError { path: self.path.clone(), source };
                Err(Error::new(ErrorKind::Credentials).because(error).into())
            }
        }
    }

    /// Reads the file for the next request, unless there is another token than the one that the server refused.
    pub(super) fn forget(&self, refused: &HeaderValue) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = current.as_mut().filter(|token| token.bearer == *refused) {
            token.read_again = Instant::now();
        }
    }

    fn current(&self) -> Option<Token> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, token: Token) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(token);
    }
}

fn read(path: &Path) -> io::Result<HeaderValue> {
    let mut text = String::new();
    File::open(path)?.take(MAX_TOKEN_BYTES + 1).read_to_string(&mut text)?;
    let invalid = |what: &'static str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    let token = text.trim();
    if text.len() as u64 > MAX_TOKEN_BYTES {
        return invalid("it is longer than 64 KiB");
    }
    if token.is_empty() {
        return invalid("it is empty");
    }
    bearer(token).map_or_else(|| invalid("it holds what does not fit into a header"), Ok)
}

#[derive(Debug)]
struct ReadError {
    path: PathBuf,
    source: io::Error,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "could not read the token file {}", self.path.display())
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

const READ_AGAIN: Duration = Duration::from_secs(50);
/// After a failure the file is not read for each request.
const RETRY: Duration = Duration::from_secs(5);
const MAX_TOKEN_BYTES: u64 = 64 << 10;

#[cfg(test)]
mod tests;
