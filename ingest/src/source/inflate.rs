//! Gzip or plain, told apart by content; inflating is bounded.

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

/// The inflated bytes of a file.
pub struct Inflated {
    inner: Inner,
    limits: InflateLimits,
    inflated: u64,
}

enum Inner {
    Plain(BufReader<Box<dyn Read + Send>>),
    Gzip(Box<MultiGzDecoder<Counted>>),
}

impl Inflated {
    /// Looks at the first two bytes: `1f 8b` is gzip.
    ///
    /// # Errors
    /// When the first bytes cannot be read.
    pub fn new(reader: Box<dyn Read + Send>, limits: InflateLimits) -> io::Result<Self> {
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
fn fill_two(reader: &mut BufReader<Box<dyn Read + Send>>) -> io::Result<bool> {
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

impl Read for Inflated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Plain(reader) => reader.read(buffer),
            Inner::Gzip(decoder) => {
                let count = decoder.read(buffer)?;
                self.inflated += count as u64;
                let read = decoder.get_ref().read;
                if self.inflated > self.limits.free_bytes && self.inflated / self.limits.ratio > read {
                    return Err(io::Error::other(format!(
                        "inflates to more than {} times its size, which no CloudTrail file does: the rest is not read",
                        self.limits.ratio
                    )));
                }
                Ok(count)
            }
        }
    }
}

/// Counts the bytes that the decoder takes.
struct Counted {
    reader: BufReader<Box<dyn Read + Send>>,
    read: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.read += count as u64;
        Ok(count)
    }
}

impl BufRead for Counted {
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
