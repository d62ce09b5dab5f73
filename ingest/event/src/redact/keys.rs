//! Which keys name a credential.

/// Endings (in lower case, without separators) of keys whose values are secret.
const SECRET_ENDINGS: [&str; 26] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secretaccesskey",
    "secretkey",
    "secretstring",
    "secretbinary",
    "assertion",
    "privatekey",
    "signingkey",
    "apikey",
    "xamzsignature",
    "xamzcredential",
    "credential",
    "authorization",
    "authcode",
    "mfacode",
    "jwt",
    "tokenvalue",
    "secretvalue",
    "passwordhash",
    "passworddata",
];

/// Endings of keys that say something about a credential, or page through results: no secrets.
const PLAIN_ENDINGS: [&str; 28] = [
    "nexttoken",
    "clienttoken",
    "requesttoken",
    "continuationtoken",
    "paginationtoken",
    "startingtoken",
    "pagetoken",
    "previoustoken",
    "idempotencytoken",
    "idempotenttoken",
    "sequencetoken",
    "forwardtoken",
    "backwardtoken",
    "changetoken",
    "locktoken",
    "listtoken",
    "starttoken",
    "endtoken",
    "resumetoken",
    "retrytoken",
    "uniquetoken",
    "creationtoken",
    "callertoken",
    "updatetoken",
    "idempotencyclienttoken",
    "nextpagetoken",
    "markertoken",
    "createtoken",
];

/// Words that end a key about a password rather than one that holds it.
const ABOUT_PASSWORDS: [&str; 18] = [
    "required",
    "lastused",
    "policy",
    "length",
    "enabled",
    "type",
    "age",
    "reset",
    "expiration",
    "date",
    "version",
    "id",
    "arn",
    "name",
    "prevention",
    "count",
    "management",
    "changed",
];

/// Whether a value under this key is a credential. Case, `_`, `-`, `.` and spaces do not matter.
///
/// Not credentials: identifiers (`accessKeyId`, `secretId`), paging and idempotency tokens
/// (`nextToken`, `clientRequestToken`), and what is only about one (`passwordResetRequired`).
pub fn is_credential_key(key: &str) -> bool {
    let plain: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    if PLAIN_ENDINGS.iter().any(|ending| plain.ends_with(ending)) {
        return false;
    }
    if SECRET_ENDINGS.iter().any(|ending| plain.ends_with(ending)) {
        return true;
    }
    plain.contains("password") && !ABOUT_PASSWORDS.iter().any(|ending| plain.ends_with(ending))
}
