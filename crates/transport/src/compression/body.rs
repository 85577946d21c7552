//! The body of a compressed answer.

use std::{
    io::{self, Write},
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;
use http_body::{Body as HttpBody, Frame};

use crate::{
    body::Body,
    error::{BoxError, CompressionFault, Error, ErrorKind},
};

/// Takes gzip off a body, part by part: no more is held than what one part of it becomes.
pub(super) struct Gunzip {
    inner: Body,
    decoder: MultiGzDecoder<Vec<u8>>,
    /// What has come and was not read yet.
    compressed: Bytes,
    /// How much was read, and what became of it.
    read: u64,
    given: u64,
    over: bool,
}

impl Gunzip {
    pub(super) fn new(inner: Body) -> Self {
        Self {
            inner,
            decoder: MultiGzDecoder::new(Vec::new()),
            compressed: Bytes::new(),
            read: 0,
            given: 0,
            over: false,
        }
    }

    /// Reads the next part, and gives what it becomes, which may be nothing yet.
    fn part(&mut self) -> Result<Bytes, CompressionFault> {
        let part = self.compressed.split_to(self.compressed.len().min(PART));
        self.read += part.len() as u64;
        let mut rest = part;
        while rest.has_remaining() {
            let taken = self.decoder.write(&rest).map_err(|_| CompressionFault::Corrupt)?;
            if taken == 0 {
                return Err(CompressionFault::Corrupt);
            }
            rest.advance(taken);
        }
        // What the decoder holds back may be the end of an event that somebody waits for.
        self.decoder.flush().map_err(|_| CompressionFault::Corrupt)?;
        self.plain()
    }

    /// The end: it must be that of a member.
    fn finish(&mut self) -> Result<Bytes, CompressionFault> {
        // The answer to a HEAD has no body, whatever its head says.
        if self.read == 0 {
            return Ok(Bytes::new());
        }
        self.decoder.try_finish().map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => CompressionFault::Truncated,
            _ => CompressionFault::Corrupt,
        })?;
        self.plain()
    }

    /// What has become of what was read.
    fn plain(&mut self) -> Result<Bytes, CompressionFault> {
        let plain = mem::take(self.decoder.get_mut());
        self.given += plain.len() as u64;
        if self.given > FREE && self.given / MAX_RATIO > self.read {
            return Err(CompressionFault::Bomb { ratio: MAX_RATIO });
        }
        Ok(plain.into())
    }
}

impl HttpBody for Gunzip {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        while !this.over {
            let plain = if !this.compressed.is_empty() {
                this.part()
            } else {
                match ready!(this.inner.poll_chunk(cx)) {
                    Some(Ok(chunk)) => {
                        this.compressed = chunk;
                        continue;
                    }
                    Some(Err(error)) => {
                        this.over = true;
                        return Poll::Ready(Some(Err(error.into())));
                    }
                    None => {
                        this.over = true;
                        this.finish()
                    }
                }
            };
            match plain {
                Ok(plain) if plain.is_empty() => {}
                Ok(plain) => return Poll::Ready(Some(Ok(Frame::data(plain)))),
                Err(fault) => {
                    this.over = true;
                    return Poll::Ready(Some(Err(Error::new(ErrorKind::Compression(fault)).into())));
                }
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.over
    }
}

/// Read at once: gzip makes at most about 1,030 bytes of one.
const PART: usize = 4 << 10;
/// JSON is rarely compressed to less than a twentieth.
const MAX_RATIO: u64 = 100;
/// So much may come of anything.
const FREE: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bytes::Bytes;
    use flate2::{Compression, write::GzEncoder};
    use futures::{StreamExt, stream};

    use super::Gunzip;
    use crate::{
        body::Body,
        error::{BoxError, CompressionFault, Error, ErrorKind},
    };

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).expect("a Vec");
        encoder.finish().expect("a Vec")
    }

    /// What comes out of these chunks, chunk by chunk.
    async fn read(chunks: Vec<Bytes>) -> Result<Vec<Bytes>, ErrorKind> {
        let inner = Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, BoxError>)));
        let mut plain = Body::new(Gunzip::new(inner)).into_stream();
        let mut all = Vec::new();
        while let Some(chunk) = plain.next().await {
            all.push(chunk.map_err(|error: Error| error.kind().clone())?);
        }
        Ok(all)
    }

    async fn check(compressed: &[u8], want: Result<&[u8], CompressionFault>) {
        for size in [1, 7, 4096, compressed.len().max(1)] {
            let chunks = compressed.chunks(size).map(Bytes::copy_from_slice).collect();
            let got = read(chunks).await.map(|plain| plain.concat());
            let want = want.map(<[u8]>::to_vec).map_err(ErrorKind::Compression);
            assert_eq!(got, want, "in chunks of {size}");
        }
    }

    #[tokio::test]
    async fn members_one_after_the_other_and_none() {
        let text: Vec<u8> =
            (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        check(&gzip(b"one"), Ok(b"one")).await;
        check(&[gzip(b"one"), gzip(b""), gzip(b" two")].concat(), Ok(b"one two")).await;
        check(b"", Ok(b"")).await;
        check(&gzip(&text), Ok(&text)).await;
    }

    #[tokio::test]
    async fn what_is_no_gzip_is_an_error() {
        let whole = gzip(b"a text that is long enough to be cut and spoilt somewhere in the middle");
        let mut spoilt = whole.clone();
        let check_sum = spoilt.len() - 8;
        spoilt[check_sum] ^= 1;
        check(&spoilt, Err(CompressionFault::Corrupt)).await;
        check(b"{\"kind\":\"Status\"}", Err(CompressionFault::Corrupt)).await;
        check(&[whole.as_slice(), b"garbage, longer than a head"].concat(), Err(CompressionFault::Corrupt))
            .await;
        for end in 1..whole.len() {
            let got = read(vec![Bytes::copy_from_slice(&whole[..end])]).await;
            let in_check_sum = end > whole.len() - 8 - 1;
            let want = if in_check_sum { CompressionFault::Corrupt } else { CompressionFault::Truncated };
            assert_eq!(got, Err(ErrorKind::Compression(want)), "cut at {end}");
        }
    }

    /// Reliability, row 19: a small body that becomes a huge one is given up early.
    #[tokio::test]
    async fn a_bomb_is_an_error() {
        let bomb = gzip(&vec![b' '; 16 << 20]);
        let inner = Body::from_stream(stream::iter([Ok::<_, BoxError>(Bytes::from(bomb))]));
        let mut plain = Body::new(Gunzip::new(inner)).into_stream();
        let mut given = 0;
        let fault = loop {
            match plain.next().await.expect("an error") {
                Ok(chunk) => given += chunk.len(),
                Err(error) => break error.kind().clone(),
            }
        };
        assert_eq!(fault, ErrorKind::Compression(CompressionFault::Bomb { ratio: 100 }));
        assert!(given < 6 << 20, "{given} bytes");
        assert!(plain.next().await.is_none());
        // What fits into the free part may be as dense as it likes.
        check(&gzip(&vec![b' '; 1 << 20]), Ok(&vec![b' '; 1 << 20])).await;
    }

    /// One member, flushed behind each event, and one member an event: each is there before the next one comes.
    #[tokio::test]
    async fn events_are_given_as_they_come() {
        let events = ["{\"type\":\"ADDED\"}\n", "{\"type\":\"MODIFIED\"}\n", "{\"type\":\"DELETED\"}\n"];
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let mut flushed = Vec::new();
        for event in events {
            encoder.write_all(event.as_bytes()).expect("a Vec");
            encoder.flush().expect("a Vec");
            flushed.push(Bytes::from(std::mem::take(encoder.get_mut())));
        }
        flushed.push(encoder.finish().expect("a Vec").into());
        let members = events.iter().map(|event| Bytes::from(gzip(event.as_bytes()))).collect();
        for chunks in [flushed, members] {
            assert_eq!(read(chunks).await, Ok(events.map(Bytes::from).to_vec()));
        }
    }
}
