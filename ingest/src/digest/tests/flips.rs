//! No byte can be changed unseen.

use std::io::Read;
use std::sync::Arc;

use proptest::prelude::*;

use super::trail::{Check, Memory, Trail, gzip, told};

fn delivered() -> (Arc<Memory>, Vec<String>) {
    let memory = Arc::new(Memory::default());
    Trail::new().deliver(&memory, 0..=2);
    let keys = memory.keys();
    (memory, keys)
}

fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .read_to_end(&mut content)
        .ok()?;
    Some(content)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// CloudTrail's hashes are of what an object inflates to: a byte of that cannot change unseen.
    #[test]
    fn a_byte_of_the_content(object in 0_usize..9, byte: prop::sample::Index, flip in 1_u8..=255) {
        let (memory, keys) = delivered();
        let key = &keys[object];
        memory.change(key, |object| {
            let mut content = inflate(&object.bytes).unwrap();
            let at = byte.index(content.len());
            content[at] ^= flip;
            object.bytes = gzip(&content);
        });
        let report = Check::after(2).run(&memory);
        prop_assert!(told(&report).contains(&("altered", key.clone())), "{:?}", report);
    }

    /// A byte as stored cannot either, unless what it inflates to stays the same (a time in the gzip header).
    #[test]
    fn a_byte_as_stored(object in 0_usize..9, byte: prop::sample::Index, flip in 1_u8..=255) {
        let (memory, keys) = delivered();
        let key = &keys[object];
        let before = inflate(&memory.get(key).bytes);
        memory.change(key, |object| {
            let at = byte.index(object.bytes.len());
            object.bytes[at] ^= flip;
        });
        let same = inflate(&memory.get(key).bytes) == before;
        let report = Check::after(2).run(&memory);
        let found = told(&report).contains(&("altered", key.clone()));
        prop_assert_eq!(found, !same, "{:?}", report);
    }

    /// Nor a byte of the metadata that a digest is proved by.
    #[test]
    fn a_byte_of_the_metadata(digest in 0_usize..3, name in "signature(-algorithm)?", byte: prop::sample::Index) {
        let (memory, keys) = delivered();
        let digests: Vec<_> = keys.iter().filter(|key| key.contains("CloudTrail-Digest")).collect();
        let key = digests[digest];
        memory.change(key, |object| {
            let mut value = object.metadata[&name].clone().into_bytes();
            let at = byte.index(value.len());
            value[at] = if value[at] == b'0' { b'1' } else { b'0' };
            object.metadata.insert(name.clone(), String::from_utf8(value).unwrap());
        });
        let report = Check::after(2).run(&memory);
        prop_assert!(told(&report).contains(&("altered", key.clone())), "{:?}", report);
    }
}
