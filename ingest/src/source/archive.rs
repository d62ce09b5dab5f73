//! Zip archives, such as consoles and people make of log files; each entry is read like a file of its own.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;

use super::InflateLimits;

/// Whether these are the first bytes of a zip archive.
#[must_use]
pub fn is_archive(raw: &[u8]) -> bool {
    raw.starts_with(b"PK\x03\x04") || raw.starts_with(b"PK\x05\x06")
}

/// Gives every file in an archive, which is held whole, to `visit`, in the order in which the archive lists them: its
/// name and its bytes. One that cannot be read comes as an error, and the others all the same.
///
/// # Errors
/// What `visit` gives.
pub fn each_entry<E>(
    raw: &[u8],
    limits: InflateLimits,
    mut visit: impl FnMut(io::Result<(String, Box<dyn Read + Send + '_>)>) -> Result<(), E>,
) -> Result<(), E> {
    let mut archive = match ZipArchive::new(Cursor::new(raw)) {
        Ok(archive) => archive,
        Err(error) => return visit(Err(unreadable(&error))),
    };
    for index in 0..archive.len() {
        match archive.by_index(index) {
            Ok(entry) if entry.is_dir() => {}
            Ok(entry) => {
                let name = entry
                    .name()
                    .map_or_else(|_| format!("entry {index}"), |name| name.into_owned());
                let bounded = Bounded {
                    stored: entry.compressed_size().max(1),
                    given: 0,
                    limits,
                    entry,
                };
                visit(Ok((name, Box::new(bounded))))?;
            }
            Err(error) => visit(Err(unreadable(&error)))?,
        }
    }
    Ok(())
}

fn unreadable(error: &zip::result::ZipError) -> io::Error {
    io::Error::other(format!(
        "the zip archive is broken or of an unknown kind: {error}: unpack it first"
    ))
}

/// Stops an entry that inflates as no log does.
struct Bounded<R> {
    entry: R,
    stored: u64,
    given: u64,
    limits: InflateLimits,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.entry.read(buffer)?;
        self.given += count as u64;
        self.limits.check(self.given, self.stored)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.add_directory("folder/", SimpleFileOptions::default()).unwrap();
        writer.finish().unwrap().into_inner()
    }

    fn read(raw: &[u8], limits: InflateLimits) -> Vec<Result<(String, String), String>> {
        let mut found = Vec::new();
        let _: Result<(), ()> = each_entry(raw, limits, |entry| {
            found.push(
                entry
                    .map_err(|error| error.to_string())
                    .and_then(|(name, mut content)| {
                        let mut text = String::new();
                        let read = content.read_to_string(&mut text);
                        read.map(|_| (name, text)).map_err(|error| error.to_string())
                    }),
            );
            Ok(())
        });
        found
    }

    #[test]
    fn every_file_comes_in_order_and_folders_do_not() {
        let raw = archive(&[("b.json", b"{}"), ("a/c.json", b"[]")]);
        assert!(is_archive(&raw));
        assert_eq!(
            read(&raw, InflateLimits::default()),
            [Ok(("b.json".into(), "{}".into())), Ok(("a/c.json".into(), "[]".into()))]
        );
    }

    #[test]
    fn a_bomb_is_cut_and_the_others_are_read() {
        let raw = archive(&[("bomb", &vec![b' '; 4 << 20]), ("after", b"{}")]);
        let found = read(
            &raw,
            InflateLimits {
                free_bytes: 1 << 16,
                ratio: 100,
            },
        );
        assert!(found[0].as_ref().unwrap_err().contains("more than 100 times"));
        assert_eq!(found[1], Ok(("after".into(), "{}".into())));
    }

    #[test]
    fn a_broken_archive_says_what_to_do() {
        let raw = archive(&[("a", b"{}")]);
        let found = read(&raw[..raw.len() / 2], InflateLimits::default());
        assert!(found[0].as_ref().unwrap_err().contains("unpack it first"));
    }
}
