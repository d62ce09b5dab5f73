//! Gzip or plain, told apart by content; inflating is bounded.
//!
//! [`Inflater`] is the fast way for a file that is held whole; [`Inflated`] the one for everything else.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

/// How much a file may inflate.
#[derive(Debug, Clone, Copy)]
pub struct InflateLimits {
    /// Inflated bytes from which on the ratio is watched.
    pub free_bytes: u64,
    /// Inflated bytes for each byte read, at most. JSON of CloudTrail compresses 10 to 20 times, deflate
    /// at most 1,032 times.
    pub ratio: u64,
}

impl Default for InflateLimits {
    fn default() -> Self {
        Self {
            free_bytes: 256 << 20,
            ratio: 250,
        }
    }
}

impl InflateLimits {
    /// Whether so many inflated bytes of so many stored ones are still a log's.
    ///
    /// # Errors
    /// When they are not.
    pub(super) fn check(self, inflated: u64, stored: u64) -> io::Result<()> {
        if inflated > self.free_bytes && inflated / self.ratio.max(1) > stored {
            return Err(io::Error::other(format!(
                "inflates to more than {} times its size, which no CloudTrail file does: the rest is not read",
                self.ratio
            )));
        }
        Ok(())
    }
}

/// Files that inflate to more than this are read as a stream.
const WHOLE_BYTES: usize = 64 << 20;

/// Inflates files that are held whole, into a buffer that it keeps.
pub struct Inflater {
    decompressor: libdeflater::Decompressor,
    buffer: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self {
            decompressor: libdeflater::Decompressor::new(),
            buffer: Vec::new(),
        }
    }
}

impl Inflater {
    /// The inflated bytes of a whole and sound gzip file of one part; nothing for any other, which must be read as a
    /// stream: what is broken or cut off, has several parts, or claims to be large. The claim is only a bound on what
    /// is set aside; the bytes decide.
    pub fn whole(&mut self, raw: &[u8], limits: InflateLimits) -> Option<&[u8]> {
        let claimed = usize::try_from(u32::from_le_bytes(*raw.last_chunk()?)).ok()?;
        let bound = usize::try_from(limits.ratio)
            .unwrap_or(usize::MAX)
            .saturating_mul(raw.len());
        if !raw.starts_with(&GZIP) || claimed > WHOLE_BYTES.min(bound) {
            return None;
        }
        // A further part begins as the first does. Where these bytes stand by chance, the slower way is right too.
        let rest = raw.get(GZIP.len()..)?;
        if memchr::memmem::find(rest, &GZIP).is_some() {
            return None;
        }
        if self.buffer.len() < claimed {
            self.buffer.resize(claimed, 0);
        }
        let length = self
            .decompressor
            .gzip_decompress(raw, self.buffer.get_mut(..claimed)?)
            .ok()?;
        // Less than the file's last bytes claim: something else follows the part.
        (length == claimed).then(|| self.buffer.get(..length))?
    }
}

/// How a gzip part begins: the mark, and deflate as its method (RFC 1952, 2.3).
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// The inflated bytes of a file.
pub struct Inflated<'a> {
    inner: Inner<'a>,
    limits: InflateLimits,
    inflated: u64,
}

type Stored<'a> = BufReader<Box<dyn Read + Send + 'a>>;

enum Inner<'a> {
    Plain(Stored<'a>),
    Gzip(Box<MultiGzDecoder<Counted<'a>>>),
}

impl<'a> Inflated<'a> {
    /// Looks at the first two bytes: `1f 8b` is gzip.
    ///
    /// # Errors
    /// When the first bytes cannot be read.
    pub fn new(reader: Box<dyn Read + Send + 'a>, limits: InflateLimits) -> io::Result<Self> {
        let mut reader = BufReader::with_capacity(256 << 10, reader);
        let gzip = fill_two(&mut reader)?;
        let inner = if gzip {
            Inner::Gzip(Box::new(MultiGzDecoder::new(Counted { reader, read: 0 })))
        } else {
            Inner::Plain(reader)
        };
        Ok(Self {
            inner,
            limits,
            inflated: 0,
        })
    }
}

/// Whether the stream begins as gzip does. A reader may give a single byte at first; more is asked for then.
fn fill_two(reader: &mut Stored<'_>) -> io::Result<bool> {
    let buffer = reader.fill_buf()?;
    match buffer {
        [0x1f, 0x8b, ..] => Ok(true),
        [0x1f] => {
            let mut rest = Vec::from(buffer);
            reader.consume(1);
            rest.extend(reader.fill_buf()?.first());
            let gzip = rest == [0x1f, 0x8b];
            // Put the byte back in front of what follows.
            let inner = std::mem::replace(reader, BufReader::new(Box::new(io::empty())));
            *reader = BufReader::with_capacity(256 << 10, Box::new(io::Cursor::new(vec![0x1f]).chain(inner)));
            // A chained reader hands out its parts one by one, which a gzip decoder does not mind.
            Ok(gzip)
        }
        _ => Ok(false),
    }
}

impl Read for Inflated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Plain(reader) => reader.read(buffer),
            Inner::Gzip(decoder) => {
                let count = decoder.read(buffer)?;
                self.inflated += count as u64;
                self.limits.check(self.inflated, decoder.get_ref().read)?;
                Ok(count)
            }
        }
    }
}

/// Counts the bytes that the decoder takes.
struct Counted<'a> {
    reader: Stored<'a>,
    read: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.read += count as u64;
        Ok(count)
    }
}

impl BufRead for Counted<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount as u64;
        self.reader.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: Vec<u8>, limits: InflateLimits) -> (Vec<u8>, Option<String>) {
        let mut out = Vec::new();
        let error = Inflated::new(Box::new(io::Cursor::new(bytes)), limits)
            .unwrap()
            .read_to_end(&mut out)
            .err();
        (out, error.map(|error| error.to_string()))
    }

    #[test]
    fn the_fast_way_gives_what_the_slow_one_gives_or_leaves_it_to_that() {
        let text: Vec<u8> = (0..40_000u32)
            .flat_map(|i| format!("{{\"n\":{i}}}").into_bytes())
            .collect();
        let whole = gzip(&text);
        let same_twice = [whole.clone(), whole.clone()].concat();
        let two_parts = [gzip(b"{}"), whole.clone()].concat();
        let with_tail = [whole.clone(), b"tail".to_vec()].concat();
        let mut claims_less = whole.clone();
        let end = claims_less.len();
        claims_less[end - 4..].copy_from_slice(&7u32.to_le_bytes());
        let mut inflater = Inflater::default();
        assert_eq!(inflater.whole(&whole, InflateLimits::default()), Some(text.as_slice()));
        assert_eq!(inflater.whole(&gzip(b""), InflateLimits::default()), Some(&b""[..]));
        let cut_off = &whole[..whole.len() / 2];
        let left: [&[u8]; 7] = [&same_twice, &two_parts, &with_tail, &claims_less, cut_off, b"{}", b""];
        for input in left {
            assert_eq!(inflater.whole(input, InflateLimits::default()), None);
        }
        let bomb = gzip(&vec![b' '; 10 << 20]);
        assert_eq!(
            inflater.whole(
                &bomb,
                InflateLimits {
                    free_bytes: 0,
                    ratio: 100
                }
            ),
            None,
            "a bomb is left to the way that watches the ratio"
        );
    }

    /// Gives one byte at a time, as a slow pipe may.
    struct Trickle(io::Cursor<Vec<u8>>);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let end = buffer.len().min(1);
            self.0.read(&mut buffer[..end])
        }
    }

    #[test]
    fn plain_gzip_and_gzip_in_parts_give_their_bytes() {
        let mut parts = gzip(b"{\"a\":1}");
        parts.extend(gzip(b"{\"b\":2}"));
        let cases: [(Vec<u8>, &[u8]); 5] = [
            (b"{}".to_vec(), b"{}"),
            (gzip(b"{}"), b"{}"),
            (parts, b"{\"a\":1}{\"b\":2}"),
            (Vec::new(), b""),
            (vec![0x1f], &[0x1f]),
        ];
        for (input, expected) in cases {
            assert_eq!(
                read(input.clone(), InflateLimits::default()),
                (expected.to_vec(), None),
                "{input:?}"
            );
        }
    }

    #[test]
    fn a_trickling_reader_changes_nothing() {
        for input in [gzip(b"{\"a\":1}"), b"\x1fx".to_vec(), b"{}".to_vec()] {
            let mut whole = Vec::new();
            let mut slow = Vec::new();
            let limits = InflateLimits::default();
            Inflated::new(Box::new(io::Cursor::new(input.clone())), limits)
                .unwrap()
                .read_to_end(&mut whole)
                .unwrap();
            Inflated::new(Box::new(Trickle(io::Cursor::new(input))), limits)
                .unwrap()
                .read_to_end(&mut slow)
                .unwrap();
            assert_eq!(whole, slow);
        }
    }

    #[test]
    fn a_bomb_is_cut_and_named() {
        let limits = InflateLimits {
            free_bytes: 1 << 16,
            ratio: 100,
        };
        let (out, error) = read(gzip(&vec![b' '; 10 << 20]), limits);
        assert!(error.unwrap().contains("more than 100 times"));
        assert!(out.len() < 2 << 20, "{}", out.len());
    }

    #[test]
    fn a_truncated_gzip_gives_what_it_holds_and_then_an_error() {
        let whole = gzip(&(0..20_000u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>());
        let (out, error) = read(whole[..whole.len() / 2].to_vec(), InflateLimits::default());
        assert!(!out.is_empty());
        assert!(error.is_some());
    }
}
