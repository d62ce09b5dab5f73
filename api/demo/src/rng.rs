//! The generator's own randomness: the same seed gives the same bytes on every machine and release.

/// SplitMix64 (Steele, Lea, Flood 2014): 64 bits of state, no dependency, and good enough to draw demo data.
/// It is no source of secrets.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    /// A generator that depends on the seed and on what it is used for, so that adding a call in one place
    /// does not shift every other draw.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let mut rng = Rng(seed ^ fnv(purpose));
        rng.next();
        rng
    }

    /// A generator for the `ordinal`-th thing of one seed.
    pub(crate) fn nth(seed: u64, ordinal: u64) -> Self {
        let mut rng = Rng(seed.rotate_left(17) ^ ordinal.wrapping_mul(0xA24B_AED4_963E_E407));
        rng.next();
        rng
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 when `bound` is 0. The modulo bias is far below what demo data could show.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// A number of seconds (or anything signed) in `0..bound`.
    pub(crate) fn span(&mut self, bound: i64) -> i64 {
        i64::try_from(self.below(u64::try_from(bound).unwrap_or(0))).unwrap_or(0)
    }

    /// True once in `n` draws, on average.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of the words; the empty word of an empty list.
    pub(crate) fn word(&mut self, words: &[&'static str]) -> &'static str {
        let at = self.below(words.len() as u64);
        usize::try_from(at)
            .ok()
            .and_then(|at| words.get(at))
            .copied()
            .unwrap_or_default()
    }

    /// An index drawn by weight; `None` when all weights are zero.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> Option<usize> {
        let total: u64 = weights.clone().map(u64::from).sum();
        if total == 0 {
            return None;
        }
        let mut left = self.below(total);
        for (index, weight) in weights.enumerate() {
            match left.checked_sub(u64::from(weight)) {
                Some(rest) => left = rest,
                None => return Some(index),
            }
        }
        None
    }

    /// `len` characters of an alphabet of ASCII characters.
    pub(crate) fn text(&mut self, alphabet: &str, len: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..len)
            .filter_map(|_| {
                let at = usize::try_from(self.below(letters.len() as u64)).ok()?;
                letters.get(at).map(|&byte| char::from(byte))
            })
            .collect()
    }

    /// A random UUID (version 4 form).
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let high = (high & !0xF000) | 0x4000;
        let low = (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

/// The letters of AWS unique ids and access keys.
pub(crate) const ID_LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The letters of the random suffixes that Kubernetes gives to pods.
pub(crate) const POD_LETTERS: &str = "bcdfghjklmnpqrstvwxz2456789";
/// Letters and digits, for tokens and the random part of file names.
pub(crate) const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Hexadecimal digits.
pub(crate) const HEX: &str = "0123456789abcdef";

/// FNV-1a, 64 bit: turns a purpose into a number.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
