//! The identity of an event, small enough to hold millions of them.

use sha2::{Digest, Sha256};

/// The identity of an event: (`eventID`, `recipientAccountId`).
///
/// As CloudTrail writes them, a UUID in lower case and twelve digits, both are held as they are, so that two events meet
/// only if they are one. Anything else is held as 128 bits of its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey {
    id: u128,
    account: u64,
}

/// In the place of the account where both are hashed.
const HASHED: u64 = u64::MAX;

impl EventKey {
    /// The key of an event.
    #[must_use]
    pub fn new(event_id: &str, recipient_account_id: Option<&str>) -> Self {
        let account = recipient_account_id.and_then(account_number);
        if let (Some(id), Some(account)) = (uuid(event_id), account) {
            return Self { id, account };
        }
        let mut hash = Sha256::new();
        hash.update(event_id.as_bytes());
        hash.update([0]);
        hash.update(recipient_account_id.unwrap_or_default().as_bytes());
        Self {
            id: leading_128(&hash.finalize()),
            account: HASHED,
        }
    }
}

/// The first 16 of a hash's bytes as a number.
pub(super) fn leading_128(hash: &[u8]) -> u128 {
    hash.iter()
        .take(16)
        .fold(0, |value, byte| value << 8 | u128::from(*byte))
}

/// Twelve digits as a number.
fn account_number(text: &str) -> Option<u64> {
    let digits: &[u8; 12] = text.as_bytes().try_into().ok()?;
    digits.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0'))
    })
}

/// The bits of a UUID in its one usual form: lower case, hyphens in their places.
fn uuid(text: &str) -> Option<u128> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let mut id = 0;
    // Digits that are none leave high bits; they are looked for once, at the end.
    let mut wrong = 0;
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 8 | 13 | 18 | 23) {
            wrong |= byte ^ b'-';
        } else {
            let digit = HEX.get(usize::from(*byte)).copied().unwrap_or(NO_DIGIT);
            wrong |= digit & 0xf0;
            id = id << 4 | u128::from(digit & 0x0f);
        }
    }
    (wrong == 0).then_some(id)
}

const NO_DIGIT: u8 = 0xff;

/// The value of each byte as a digit in lower case.
const HEX: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, within both arrays")]
        {
            table[b"0123456789abcdef"[value as usize] as usize] = value;
        }
        value += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7b7e4636-4713-3d04-b86a-cd6774cdbae9";
    const ACCOUNT: &str = "823571991546";

    #[test]
    fn what_differs_in_id_or_account_differs() {
        let same = EventKey::new(ID, Some(ACCOUNT));
        assert_eq!(same, EventKey::new(ID, Some(ACCOUNT)));
        let others = [
            (ID, None),
            (ID, Some("")),
            (ID, Some("823571991547")),
            (ID, Some("82357199154")),
            (ID, Some("8235719915x6")),
            ("7b7e4636-4713-3d04-b86a-cd6774cdbae8", Some(ACCOUNT)),
            ("7B7E4636-4713-3D04-B86A-CD6774CDBAE9", Some(ACCOUNT)),
            ("7b7e463647133d04b86acd6774cdbae9", Some(ACCOUNT)),
            ("7b7e46364-713-3d04-b86a-cd6774cdbae9", Some(ACCOUNT)),
            ("7b7e4636-4713-3d04-b86a-cd6774cdbaeg", Some(ACCOUNT)),
            ("sha256:7b7e", Some(ACCOUNT)),
            ("", Some(ACCOUNT)),
        ];
        for (id, account) in others {
            assert_ne!(EventKey::new(id, account), same, "{id} {account:?}");
        }
    }

    #[test]
    fn the_bits_of_a_uuid_are_its_digits() {
        assert_eq!(
            EventKey::new(ID, Some(ACCOUNT)),
            EventKey {
                id: 0x7b7e_4636_4713_3d04_b86a_cd67_74cd_bae9,
                account: 823_571_991_546
            }
        );
    }

    #[test]
    fn id_and_account_are_kept_apart_when_hashed() {
        assert_ne!(EventKey::new("a", Some("bc")), EventKey::new("ab", Some("c")));
    }
}
