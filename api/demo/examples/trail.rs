//! Writes a trail's folder to measure with: the demo estate's records in files of real trails' sizes, or of one size.
//!
//! ```text
//! trail DIR [--records N] [--seed N] [--end TIME] [--workloads N] [--per-file N] [--plain yes]
//! ```
//!
//! Without `--per-file` sizes are mixed: nine files of ten are small, one of a hundred is large, and a million records
//! make some 2,000 files. `--per-file` puts so many records into each, whatever their account and region. `--plain yes`
//! leaves out the gzip. The same options give the same bytes. Memory is that of the generator's plan, about 70 bytes a
//! record. At the end a line of JSON says what was written.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use podtrail_demo::{File, Options, generate};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Files of the generator that may wait to be packed.
const WAITING: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, options, sizes, plain) = arguments()?;
    let (give, take) = sync_channel(WAITING);
    let packed = std::thread::spawn(move || {
        let packer = Packer {
            folder,
            sizes,
            plain,
            open: BTreeMap::new(),
            files: 0,
            records: 0,
            json: 0,
        };
        // Threads hand on only errors that may cross them.
        packer.pack(&take).map_err(|error| error.to_string())
    });
    // A packer that failed takes no more; its own error is then the one to tell.
    let generated = generate(&options, &mut |file: File| give.send(file));
    drop(give);
    let line = packed.join().map_err(|_| "the packer stopped")??;
    generated?;
    println!("{line}");
    Ok(())
}

fn arguments() -> Result<(PathBuf, Options, Sizes, bool), Box<dyn Error>> {
    const USAGE: &str =
        "usage: trail DIR [--records N] [--seed N] [--end TIME] [--workloads N] [--per-file N] [--plain yes]";
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let mut options = Options {
        events: 1_000_000,
        ..Options::default()
    };
    let (mut per_file, mut plain) = (None, false);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--records" => options.events = value.parse()?,
            "--seed" => options.seed = value.parse()?,
            "--end" => options.end = value.parse()?,
            "--workloads" => options.workloads = value.parse()?,
            "--per-file" => per_file = Some(value.parse()?),
            "--plain" => plain = value == "yes",
            _ => return Err(format!("`{name}` is not known; {USAGE}").into()),
        }
    }
    let sizes = per_file.map_or(Sizes::Mixed(options.seed), Sizes::Each);
    Ok((folder, options, sizes, plain))
}

/// How many records a file holds.
enum Sizes {
    /// So many.
    Each(u64),
    /// Drawn, with this state of the generator: 462 on average.
    Mixed(u64),
}

impl Sizes {
    /// The size of the next file.
    fn draw(&mut self) -> u64 {
        let state = match self {
            Self::Each(size) => return (*size).max(1),
            Self::Mixed(state) => state,
        };
        let (smallest, largest) = match uniform(state) {
            kind if kind < 0.9 => (3.0_f64, 600.0_f64),
            kind if kind < 0.99 => (600.0, 6_000.0),
            // The largest stay below 64 MiB of JSON, which DuckDB takes for one object at most.
            _ => (6_000.0, 30_000.0),
        };
        // Each power of ten is as likely as the next.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 3 and 30,000"
        )]
        let size = (smallest * (largest / smallest).powf(uniform(state))) as u64;
        size
    }
}

/// A number from 0 to 1, by SplitMix64.
fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

/// Takes records out of the generator's files and puts them into others.
struct Packer {
    folder: PathBuf,
    sizes: Sizes,
    plain: bool,
    /// Files being written, by account and region.
    open: BTreeMap<String, Packed>,
    files: u64,
    records: u64,
    json: u64,
}

/// A file that is being written.
struct Packed {
    writer: Writer,
    /// Its folder in the generator's trail.
    folder: String,
    /// Records that it still takes.
    left: u64,
    empty: bool,
}

enum Writer {
    Plain(BufWriter<fs::File>),
    Gzip(Box<GzEncoder<BufWriter<fs::File>>>),
}

#[derive(Deserialize)]
struct Document<'d> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'d RawValue>,
}

impl Packer {
    fn pack(mut self, files: &Receiver<File>) -> Result<String, Box<dyn Error>> {
        for file in files.iter().filter(|file| file.path.starts_with("trail/")) {
            // The two files that the demo breaks on purpose are left out.
            let Ok(text) = inflate(&file.bytes) else { continue };
            let Ok(document) = serde_json::from_str::<Document<'_>>(&text) else {
                continue;
            };
            for record in document.records {
                self.put(&file.path, record.get())?;
            }
        }
        for packed in std::mem::take(&mut self.open).into_values() {
            packed.finish()?;
        }
        let (records, files, json) = (self.records, self.files, self.json);
        Ok(format!(
            "{{\"records\": {records}, \"files\": {files}, \"json_bytes\": {json}}}"
        ))
    }

    fn put(&mut self, path: &str, record: &str) -> io::Result<()> {
        // Account, region and day, as folders; of files of one size nothing.
        let folder = match self.sizes {
            Sizes::Each(_) => "/",
            Sizes::Mixed(_) => path.rsplit_once('/').map_or("/", |(folder, _)| folder),
        };
        // A region's open file is the last one begun: the generator delivers in order of time.
        let mut packed = match self.open.remove(region(folder)) {
            Some(packed) if packed.folder == folder => packed,
            older => {
                older.map_or(Ok(()), Packed::finish)?;
                self.start(path, folder)?
            }
        };
        packed.put(record)?;
        self.records += 1;
        self.json += record.len() as u64 + 1;
        if packed.left == 0 {
            return packed.finish();
        }
        self.open.insert(region(folder).to_owned(), packed);
        Ok(())
    }

    /// Begins a file, named as one that is delivered where and when the generator's was.
    fn start(&mut self, path: &str, folder: &str) -> io::Result<Packed> {
        let delivery = path
            .trim_start_matches("trail/")
            .rsplit_once('_')
            .map_or(path, |(head, _)| head);
        self.files += 1;
        let ending = if self.plain { "json" } else { "json.gz" };
        let path = self.folder.join(format!("{delivery}_{:016}.{ending}", self.files));
        Ok(Packed {
            writer: Writer::create(&path, self.plain)?,
            folder: folder.to_owned(),
            left: self.sizes.draw(),
            empty: true,
        })
    }
}

/// The part of a folder before year, month and day.
fn region(folder: &str) -> &str {
    folder.rsplitn(4, '/').last().unwrap_or(folder)
}

impl Packed {
    fn put(&mut self, record: &str) -> io::Result<()> {
        let before: &[u8] = if self.empty { b"{\"Records\":[" } else { b"," };
        self.writer.write_all(before)?;
        self.empty = false;
        self.left -= 1;
        self.writer.write_all(record.as_bytes())
    }

    fn finish(mut self) -> io::Result<()> {
        self.writer.write_all(b"]}")?;
        self.writer.finish()
    }
}

impl Writer {
    fn create(path: &Path, plain: bool) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = BufWriter::new(fs::File::create(path)?);
        Ok(if plain {
            Self::Plain(file)
        } else {
            Self::Gzip(Box::new(GzEncoder::new(file, Compression::new(6))))
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.write_all(bytes),
            Self::Gzip(writer) => writer.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut writer) => writer.flush(),
            Self::Gzip(writer) => writer.finish()?.flush(),
        }
    }
}

fn inflate(bytes: &[u8]) -> io::Result<String> {
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        GzDecoder::new(bytes).read_to_string(&mut text)?;
    } else {
        (&*bytes).read_to_string(&mut text)?;
    }
    Ok(text)
}
