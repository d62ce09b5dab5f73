use crate::redact::{is_credential_key, json, key_hint, raw, string, value_hint};
use proptest::prelude::*;

const JWT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06eCJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

fn token() -> String {
    format!("IQoJb3JpZ2luX2VjE{}", "Ab9/+".repeat(40))
}

#[test]
fn credential_keys_are_told_from_their_neighbours() {
    for key in [
        "sessionToken",
        "SessionToken",
        "session_token",
        "SESSION-TOKEN",
        "secretAccessKey",
        "aws_secret_access_key",
        "password",
        "masterUserPassword",
        "newPasswordHash",
        "Passwd",
        "secretString",
        "secretBinary",
        "webIdentityToken",
        "sAMLAssertion",
        "SAMLAssertion",
        "accessToken",
        "refreshToken",
        "idToken",
        "clientSecret",
        "privateKey",
        "authToken",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "token",
        "apiKey",
    ] {
        assert!(is_credential_key(key), "{key}");
    }
    for key in [
        "nextToken",
        "NextToken",
        "clientToken",
        "clientRequestToken",
        "continuationToken",
        "tokenId",
        "accessKeyId",
        "packedPolicySize",
        "secretId",
        "secretArn",
        "secretName",
        "passwordResetRequired",
        "passwordPolicy",
        "key",
        "passwordLastUsed",
        "eventVersion",
        "keyId",
        "credentials",
        "errorCode",
        "publicKey",
        "idempotencyToken",
        "",
    ] {
        assert!(!is_credential_key(key), "{key}");
    }
}

#[test]
fn secrets_in_json_are_redacted() {
    let token = token();
    for (situation, input, expected) in [
        (
            "by key",
            r#"{"a":{"sessionToken":"x","accessKeyId":"ASIA1"}}"#.to_owned(),
            r#"{"a":{"sessionToken":"[redacted]","accessKeyId":"ASIA1"}}"#,
        ),
        (
            "number",
            r#"{"password":1234,"n":5}"#.to_owned(),
            r#"{"password":"[redacted]","n":5}"#,
        ),
        (
            "structure under the key",
            r#"{"secretString":{"a":["b",null,true,7]},"c":"d"}"#.to_owned(),
            r#"{"secretString":{"a":["[redacted]",null,true,"[redacted]"]},"c":"d"}"#,
        ),
        ("by look", format!(r#"{{"x":["{token}"]}}"#), r#"{"x":["[redacted]"]}"#),
        (
            "web token",
            format!(r#"{{"x":"Bearer {JWT}"}}"#),
            r#"{"x":"Bearer [redacted]"}"#,
        ),
        (
            "escaped key",
            r#"{"session\u0054oken":"x"}"#.to_owned(),
            r#"{"session\u0054oken":"[redacted]"}"#,
        ),
        (
            "JSON in a string",
            r#"{"body":"{\"password\":\"p\\\"q\",\"a\":1}"}"#.to_owned(),
            r#"{"body":"{\"password\":\"[redacted]\",\"a\":1}"}"#,
        ),
        (
            "spaces",
            r#"{ "authToken" : "x" }"#.to_owned(),
            r#"{ "authToken" : "[redacted]" }"#,
        ),
    ] {
        assert_eq!(json(&input), expected, "{situation}");
    }
}

#[test]
fn what_is_no_secret_stays_as_it_is() {
    for input in [
        r#"{"nextToken":"AAEAAfqeTJBa9KzNy85Z","password":null,"passwordResetRequired":false,"token":""}"#,
        r#"{"token":"HIDDEN_DUE_TO_SECURITY_REASONS","masterUserPassword":"****","password":"[redacted]"}"#,
        r#"{"arn":"arn:aws:secretsmanager:us-east-1:123456789012:secret:db-password:x","roleArn":"arn:aws:iam::1:role/token"}"#,
        r#"{"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}","message":"The security token is expired"}"#,
    ] {
        assert!(
            matches!(json(input), std::borrow::Cow::Borrowed(_)),
            "{input} became {}",
            json(input)
        );
    }
}

#[test]
fn secrets_in_text_are_redacted() {
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----";
    for (input, expected) in [
        (
            "aws_secret_access_key=abc/def rest".to_owned(),
            "aws_secret_access_key=[redacted] rest".to_owned(),
        ),
        (
            "https://b/k?X-Amz-Credential=AKIA%2F1&X-Amz-Date=2&X-Amz-Signature=0f".to_owned(),
            "https://b/k?X-Amz-Credential=[redacted]&X-Amz-Date=2&X-Amz-Signature=[redacted]".to_owned(),
        ),
        (
            "password: hunter2, user: x".to_owned(),
            "password: [redacted], user: x".to_owned(),
        ),
        (
            "Authorization: Bearer abc".to_owned(),
            "Authorization: [redacted]".to_owned(),
        ),
        (format!("a {} b", token()), "a [redacted] b".to_owned()),
        (format!("{pem} tail"), "[redacted] tail".to_owned()),
        (
            "plain text = nothing: here".to_owned(),
            "plain text = nothing: here".to_owned(),
        ),
    ] {
        assert_eq!(string(&input), expected);
    }
}

#[test]
fn rejects_lose_their_secrets_too() {
    for (input, expected) in [
        (r#"{"sessionToken":"abc"#, r#"{"sessionToken":"[redacted]"#),
        (
            r#"{"sessionToken": "a\"b", "c":"#,
            r#"{"sessionToken": "[redacted]", "c":"#,
        ),
        (
            r#""body":"{\"password\":\"pq\",\"a\":1"#,
            r#""body":"{\"password\":\"[redacted]\",\"a\":1"#,
        ),
        (
            r#"{"secretString":["a","b"],"c":1"#,
            r#"{"secretString":[redacted]],"c":1"#,
        ),
        (r#"{"eventName":"x""#, r#"{"eventName":"x""#),
    ] {
        assert_eq!(String::from_utf8_lossy(&raw(input.as_bytes())), expected);
    }
    // The rest of a token whose beginning is not in sight.
    assert_eq!(&*raw("Ab9/".repeat(50).as_bytes()), b"[redacted]");
}

#[test]
fn repetition_does_not_multiply_the_work() {
    // Each would take hours if a run were searched again from every beginning in it.
    for piece in [
        "FwoG",
        "eyJ",
        "eyJabcdefghijk.",
        "-----BEGIN PRIVATE KEY ",
        "password=",
        "password=[",
        "token: \"",
        "=",
        ":",
    ] {
        let text = piece.repeat(400_000 / piece.len());
        assert!(raw(text.as_bytes()).len() <= text.len() * 2);
        assert!(string(&text).len() <= text.len() * 2);
    }
}

proptest! {
    #[test]
    fn no_text_stops_redaction(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\\\\"=: a-zA-Z{}\\[\\]-]{0,60}") {
        let _ = (raw(&bytes), string(&text));
    }

    #[test]
    fn a_token_is_found_wherever_it_stands(before in "[a-z ]{0,20}", after in "[ ,;\"][a-z ]{0,20}") {
        let text = format!("{before} {}{after}", token());
        prop_assert!(!string(&text).contains("IQoJ"), "{}", string(&text));
        let quoted = serde_json::to_string(&text).unwrap();
        let inner = serde_json::to_string(&format!(r#"{{"k":[{quoted}]}}"#)).unwrap();
        for value in [quoted, inner] {
            let record = format!(r#"{{"eventName":"x","requestParameters":{{"v":{value}}},"userAgent":{value}}}"#);
            let event = crate::parse(record.as_bytes(), 0, &crate::Limits::default()).unwrap();
            prop_assert!(!format!("{event:?}").contains("IQoJ"), "{:?}", event);
        }
    }

    #[test]
    fn redaction_keeps_json_valid_and_is_stable(text in "[a-z=: ]{0,12}", key in "password|sessionToken|name|X-Amz-Signature") {
        let value = serde_json::json!({ key: [text.clone(), {"x": text}], "n": 1 }).to_string();
        let once = json(&value).into_owned();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&once).is_ok(), "{}", once);
        prop_assert_eq!(json(&once), once.as_str());
    }

    #[test]
    fn the_cheap_checks_miss_nothing(
        words in prop::collection::vec("to_?ken|Secret|pass_?word|pwd|jwt|Private|api[-_]?|access|Key|hash|data|Value|Code|auth|mfa|id|X-Amz-|Signature|Credential|String|Binary|Assertion|[a-z]{1,3}", 1..4),
        value in "[a-z]{0,12}", separator in "=|: |\": \"|='|:",
    ) {
        let key = words.concat();
        prop_assert_eq!(key_hint(key.as_bytes()), is_credential_key(&key), "{}", key);
        let text = format!("x {key}{separator}{value}");
        let quoted = serde_json::to_string(&text).unwrap();
        let inside = &quoted[1..quoted.len() - 1];
        if matches!(string(&text), std::borrow::Cow::Owned(_)) {
            prop_assert!(value_hint(inside.as_bytes(), inside.contains('\\')), "{}", inside);
        }
    }
}
