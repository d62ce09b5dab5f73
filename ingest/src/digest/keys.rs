//! The public keys that prove digests.

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use podtrail_aws::Failure;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its fingerprint, as digests name it; none where only the key is known.
    pub fingerprint: Option<String>,
    /// The key in DER, as PKCS #1 (`RSAPublicKey`) or X.509 (`SubjectPublicKeyInfo`): the user guide shows both.
    pub der: Vec<u8>,
}

/// The key that a digest asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The fingerprint that the digest names.
    pub fingerprint: &'a str,
    /// Where to ask: the region of the digest, whose key it is signed with, and the home region of its trail.
    pub regions: [&'a str; 2],
    /// The time that the digest was made in.
    pub time: (Timestamp, Timestamp),
}

/// Where public keys come from.
#[async_trait]
pub trait PublicKeys: Send + Sync {
    /// The keys that may be the wanted one: that of its fingerprint, and those whose fingerprint is not known.
    ///
    /// # Errors
    /// When they cannot be asked for.
    async fn find(&self, wanted: Wanted<'_>) -> Result<Vec<PublicKey>, Failure>;

    /// Where they come from, in words: `the public keys of …`.
    fn origin(&self) -> String;
}

/// Keys out of files.
#[derive(Debug, Clone, Default)]
pub struct KeyFile {
    files: Vec<String>,
    keys: Vec<PublicKey>,
}

/// A file that holds no public key.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` holds no public key: give the answer of `aws cloudtrail list-public-keys --output json`, or keys as PEM or \
     as base64 of their DER"
)]
pub struct NoKey(String);

impl KeyFile {
    /// Adds the keys of a file: answers of `aws cloudtrail list-public-keys` one after another, PEM blocks, base64 of
    /// a key's DER, or the DER itself.
    ///
    /// # Errors
    /// When no key is in it.
    pub fn add(&mut self, file: &str, content: &[u8]) -> Result<(), NoKey> {
        let text = std::str::from_utf8(content).unwrap_or_default().trim();
        let keys = match text {
            _ if content.starts_with(&[0x30, 0x82]) => vec![unnamed(content.to_vec())],
            text if text.starts_with('{') => answers(text).unwrap_or_default(),
            text if text.starts_with("-----BEGIN") => pem(text).unwrap_or_default(),
            text => decode(text).map(unnamed).into_iter().collect(),
        };
        if keys.is_empty() {
            return Err(NoKey(file.to_owned()));
        }
        self.files.push(format!("`{file}`"));
        self.keys.extend(keys);
        Ok(())
    }
}

#[async_trait]
impl PublicKeys for KeyFile {
    async fn find(&self, wanted: Wanted<'_>) -> Result<Vec<PublicKey>, Failure> {
        let may_be = |key: &&PublicKey| match &key.fingerprint {
            Some(fingerprint) => fingerprint.eq_ignore_ascii_case(wanted.fingerprint),
            None => true,
        };
        Ok(self.keys.iter().filter(may_be).cloned().collect())
    }

    fn origin(&self) -> String {
        format!("the public keys of {}", self.files.join(", "))
    }
}

/// The answer of `aws cloudtrail list-public-keys`; the user guide shows it with a small letter.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "PublicKeyList", alias = "publicKeyList")]
    keys: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    value: String,
    fingerprint: Option<String>,
}

fn answers(text: &str) -> Option<Vec<PublicKey>> {
    let mut keys = Vec::new();
    for answer in serde_json::Deserializer::from_str(text).into_iter::<Answer>() {
        for listed in answer.ok()?.keys {
            keys.push(PublicKey {
                fingerprint: listed.fingerprint,
                der: decode(&listed.value)?,
            });
        }
    }
    Some(keys)
}

fn pem(text: &str) -> Option<Vec<PublicKey>> {
    let mut keys = Vec::new();
    let mut body: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with("-----BEGIN") {
            body = line.ends_with("PUBLIC KEY-----").then(String::new);
        } else if line.starts_with("-----END") {
            keys.extend(body.take().map(|body| decode(&body).map(unnamed)));
        } else if let Some(body) = &mut body {
            body.push_str(line);
        }
    }
    keys.into_iter().collect()
}

fn unnamed(der: Vec<u8>) -> PublicKey {
    PublicKey { fingerprint: None, der }
}

/// The DER in base64 text: a sequence, as every key is.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    STANDARD.decode(text).ok().filter(|der| der.first() == Some(&0x30))
}
