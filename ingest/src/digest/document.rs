//! A digest as a document: its fields, what of it is signed, and whether the signature holds (CloudTrail user guide,
//! "Custom implementations of CloudTrail log file integrity validation"). Pure.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use podtrail_event::time::Timestamp;
use serde::Deserialize;

/// The only algorithm of hashes that CloudTrail documents.
pub(super) const HASH_ALGORITHM: &str = "SHA-256";

/// A digest: the log files delivered in its time, and the digest before it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Digest {
    /// The beginning of its time.
    pub(super) digest_start_time: Timestamp,
    /// The end of its time, as text, because the text is signed.
    pub(super) digest_end_time: String,
    /// The bucket that it was delivered to.
    #[serde(rename = "digestS3Bucket")]
    pub(super) bucket: String,
    /// The key that it was delivered to.
    #[serde(rename = "digestS3Object")]
    pub(super) key: String,
    /// The fingerprint of the public key that proves its signature, in hexadecimal.
    pub(super) digest_public_key_fingerprint: String,
    /// The bucket of the digest before it; none in the first of a chain.
    #[serde(rename = "previousDigestS3Bucket")]
    pub(super) previous_bucket: Option<String>,
    /// The key of the digest before it.
    #[serde(rename = "previousDigestS3Object")]
    pub(super) previous_key: Option<String>,
    /// The hash of the digest before it, inflated, in hexadecimal.
    #[serde(rename = "previousDigestHashValue")]
    pub(super) previous_hash: Option<String>,
    /// The signature of the digest before it, in hexadecimal, because it is signed.
    pub(super) previous_digest_signature: Option<String>,
    /// The log files delivered in its time.
    pub(super) log_files: Vec<LogFile>,
}

/// A log file as a digest names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogFile {
    /// Its bucket.
    #[serde(rename = "s3Bucket")]
    pub(super) bucket: String,
    /// Its key.
    #[serde(rename = "s3Object")]
    pub(super) key: String,
    /// The hash of its inflated content, in hexadecimal.
    pub(super) hash_value: String,
    /// How it was hashed.
    pub(super) hash_algorithm: String,
}

impl Digest {
    /// Reads an inflated digest.
    pub(super) fn parse(content: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(content)
    }

    /// The bytes that were signed.
    pub(super) fn string_to_sign(&self, content_hash: &str) -> String {
        format!(
            "{}\n{}/{}\n{content_hash}\n{}",
            self.digest_end_time,
            self.bucket,
            self.key,
            self.previous_digest_signature.as_deref().unwrap_or("null")
        )
    }

    /// Whether a public key (DER, PKCS #1 or X.509) proves the signature (hexadecimal) of the digest whose inflated
    /// content has this hash.
    pub(super) fn is_signed(&self, content_hash: &str, signature: &str, public_key: &[u8]) -> bool {
        unhex(signature).is_some_and(|signature| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key)
                .verify(self.string_to_sign(content_hash).as_bytes(), &signature)
                .is_ok()
        })
    }
}

/// The SHA-256 of bytes in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hexadecimal text.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?));
    rest.is_empty().then(|| bytes.collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{
        "awsAccountId": "111122223333", "digestStartTime": "2026-11-01T08:17:28Z", "digestEndTime": "2026-11-01T09:17:28Z",
        "digestS3Bucket": "trail", "digestS3Object": "AWSLogs/111122223333/CloudTrail-Digest/x.json.gz",
        "digestPublicKeyFingerprint": "31e8", "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": null, "oldestEventTime": null,
        "previousDigestS3Bucket": null, "previousDigestS3Object": null, "previousDigestHashValue": null,
        "previousDigestHashAlgorithm": null, "previousDigestSignature": null, "logFiles": [], "aFieldOfTomorrow": 1
    }"#;

    #[test]
    fn the_first_of_a_chain_is_signed_over_the_word_null() {
        let digest = Digest::parse(DOCUMENT.as_bytes()).unwrap();
        let expected = "2026-11-01T09:17:28Z\ntrail/AWSLogs/111122223333/CloudTrail-Digest/x.json.gz\nab12\nnull";
        assert_eq!(digest.string_to_sign("ab12"), expected);
        let later = Digest {
            previous_digest_signature: Some("0f".into()),
            ..digest
        };
        assert!(later.string_to_sign("ab12").ends_with("\nab12\n0f"));
    }

    #[test]
    fn what_is_no_digest_is_no_document() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"Records":[]}"#,
            &DOCUMENT.replace("[]", "null"),
            &DOCUMENT.replace("2026-11-01T08", "x"),
        ] {
            assert!(Digest::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn hexadecimal_there_and_back() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
        assert_eq!(unhex("000FfF"), Some(vec![0, 15, 255]));
        for text in ["0", "0g", "é0"] {
            assert_eq!(unhex(text), None, "{text}");
        }
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
