//! How fast records are split and parsed: `throughput FILE [SECONDS]`, the (inflated) file in memory.

use podtrail_event::{Event, Item, Limits, Reject, Splitter, parse};
use std::hint::black_box;
use std::time::Instant;

const CHUNK: usize = 256 << 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: throughput FILE [SECONDS]")?;
    let seconds: f64 = arguments.next().map_or(Ok(2.0), |text| text.parse())?;
    let bytes = std::fs::read(path)?;
    let limits = Limits::default();
    time("split", &bytes, seconds, |bytes, count| {
        let mut splitter = Splitter::new(limits);
        let mut sink = |item: Item<'_>| *count += u64::from(matches!(black_box(item), Item::Record { .. }));
        bytes.chunks(CHUNK).for_each(|chunk| splitter.push(chunk, &mut sink));
        splitter.finish(&mut sink);
    });
    time("split, then parse", &bytes, seconds, |bytes, count| {
        let mut splitter = Splitter::new(limits);
        let mut sink = |item: Item<'_>| {
            if let Item::Record { offset, json } = item {
                *count += u64::from(black_box(parse(json, offset, &limits)).is_ok());
            }
        };
        bytes.chunks(CHUNK).for_each(|chunk| splitter.push(chunk, &mut sink));
        splitter.finish(&mut sink);
    });
    time("split and parse in one", &bytes, seconds, |bytes, count| {
        let mut splitter = Splitter::new(limits);
        let mut sink = |_: u64, row: Result<Event<'_>, Reject>| *count += u64::from(black_box(row).is_ok());
        bytes
            .chunks(CHUNK)
            .for_each(|chunk| splitter.push_events(chunk, &mut sink));
        splitter.finish_events(&mut sink);
    });
    Ok(())
}

/// Repeats `work` for the given time and prints the rate of the fastest round, which other work
/// on the machine disturbs least.
fn time(name: &str, bytes: &[u8], seconds: f64, work: impl Fn(&[u8], &mut u64)) {
    let start = Instant::now();
    let (mut best, mut records) = (f64::MAX, 0);
    while start.elapsed().as_secs_f64() < seconds {
        records = 0;
        let round = Instant::now();
        work(bytes, &mut records);
        best = best.min(round.elapsed().as_secs_f64());
    }
    println!(
        "{name}: {:.0} MB/s, {:.0} records/s",
        bytes.len() as f64 / 1e6 / best,
        records as f64 / best
    );
}
