use crate::{Event, Limits, Timestamp, parse};
use serde_json::{Value, json};

fn event(record: Value) -> Event<'static> {
    let text = record.to_string();
    parse(text.as_bytes(), 0, &Limits::default()).unwrap().into_owned()
}

fn extra(event: &Event<'_>) -> Value {
    event
        .extra
        .as_deref()
        .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

fn later_call() -> Value {
    json!({"eventVersion":"1.08","eventID":"e1","eventTime":"2020-07-23T02:20:00Z","eventSource":"s3.amazonaws.com",
      "eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"1.2.3.4","userAgent":"x","readOnly":true,
      "requestID":"r","sharedEventID":"s","vpcEndpointId":"vpce-1","eventType":"AwsApiCall","eventCategory":"Data",
      "errorCode":"AccessDenied","errorMessage":"no","recipientAccountId":"123456789012","managementEvent":false,
      "requestParameters":{"bucketName":"b","key":"k"},"responseElements":null,"resources":[{"ARN":"a"}],
      "additionalEventData":{"bytesTransferredOut":0},"tlsDetails":{"tlsVersion":"TLSv1.3"},
      "userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:botocore-session-1:x",
        "arn":"arn:aws:sts::123456789012:assumed-role/Alice/botocore-session-1","accountId":"123456789012","accessKeyId":"ASIA1",
        "invokedBy":"rds.amazonaws.com","onBehalfOf":{"userId":"u"},
        "sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/p/Alice","accountId":"123456789012","userName":"Alice"},
          "webIdFederationData":{"federatedProvider":"arn:aws:iam::1:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/E","attributes":{}},
          "attributes":{"mfaAuthenticated":"false","creationDate":"2020-07-23T02:19:34Z"},"ec2RoleDelivery":"2.0","sourceIdentity":"si"}}})
}

#[test]
fn a_call_of_a_session_fills_its_columns() {
    let event = event(later_call());
    let text = |field: &Option<std::borrow::Cow<'static, str>>| field.as_deref().unwrap_or("-").to_owned();
    let columns = [
        (text(&event.event_version), "1.08"),
        (text(&event.event_type), "AwsApiCall"),
        (text(&event.event_category), "Data"),
        (text(&event.event_source), "s3.amazonaws.com"),
        (text(&event.event_name), "GetObject"),
        (text(&event.aws_region), "us-east-1"),
        (text(&event.recipient_account_id), "123456789012"),
        (text(&event.error_code), "AccessDenied"),
        (text(&event.error_message), "no"),
        (text(&event.source_ip_address), "1.2.3.4"),
        (text(&event.user_agent), "x"),
        (text(&event.vpc_endpoint_id), "vpce-1"),
        (text(&event.request_id), "r"),
        (text(&event.shared_event_id), "s"),
        (text(&event.identity_type), "AssumedRole"),
        (text(&event.principal_id), "AROAEXAMPLE:botocore-session-1:x"),
        (text(&event.identity_account_id), "123456789012"),
        (
            text(&event.identity_arn),
            "arn:aws:sts::123456789012:assumed-role/Alice/botocore-session-1",
        ),
        (text(&event.access_key_id), "ASIA1"),
        (text(&event.user_name), "-"),
        (text(&event.invoked_by), "rds.amazonaws.com"),
        (text(&event.issuer_arn), "arn:aws:iam::123456789012:role/p/Alice"),
        (text(&event.issuer_id), "AROAEXAMPLE"),
        (text(&event.session_name), "botocore-session-1:x"),
        (text(&event.ec2_role_delivery), "2.0"),
        (text(&event.source_identity), "si"),
        (
            text(&event.federated_provider),
            "arn:aws:iam::1:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/E",
        ),
        (text(&event.request_parameters), r#"{"bucketName":"b","key":"k"}"#),
        (text(&event.response_elements), "-"),
        (text(&event.resources), r#"[{"ARN":"a"}]"#),
        (text(&event.additional_event_data), r#"{"bytesTransferredOut":0}"#),
    ];
    for (found, expected) in columns {
        assert_eq!(found, expected);
    }
    assert_eq!(event.event_id, "e1");
    assert_eq!(event.event_time, Timestamp::parse("2020-07-23T02:20:00Z"));
    assert_eq!(event.session_created, Timestamp::parse("2020-07-23T02:19:34Z"));
    assert_eq!(event.read_only, Some(true));
    assert_eq!(
        extra(&event),
        json!({"managementEvent":false,"tlsDetails":{"tlsVersion":"TLSv1.3"},
        "userIdentity":{"onBehalfOf":{"userId":"u"},"sessionContext":{"attributes":{"mfaAuthenticated":"false"},
            "sessionIssuer":{"type":"Role","accountId":"123456789012","userName":"Alice"}}}})
    );
}

#[test]
fn a_web_identity_names_its_provider_and_has_no_session() {
    let event = event(
        json!({"eventID":"e","userIdentity":{"type":"WebIdentityUser","principalId":"arn:aws:iam::1:oidc-provider/x:sts.amazonaws.com:system:serviceaccount:argo:sa",
        "userName":"system:serviceaccount:argo:sa","identityProvider":"arn:aws:iam::1:oidc-provider/x"}}),
    );
    assert_eq!(
        event.federated_provider.as_deref(),
        Some("arn:aws:iam::1:oidc-provider/x")
    );
    assert_eq!(event.user_name.as_deref(), Some("system:serviceaccount:argo:sa"));
    assert_eq!(
        (event.session_name.as_deref(), event.identity_arn.as_deref()),
        (None, None)
    );
    assert_eq!(
        extra(&event),
        json!({"userIdentity":{"identityProvider":"arn:aws:iam::1:oidc-provider/x"}})
    );
}

#[test]
fn fields_of_another_shape_are_kept() {
    let table = [
        (
            "number for text",
            json!({"eventName":5}),
            "eventName",
            json!(null),
            Some("5"),
        ),
        (
            "boolean for text",
            json!({"eventName":true}),
            "eventName",
            json!(null),
            Some("true"),
        ),
        (
            "object for text",
            json!({"eventName":{"a":1}}),
            "eventName",
            json!({"eventName":{"a":1}}),
            None,
        ),
        ("empty text", json!({"eventName":""}), "eventName", json!(null), None),
        ("null", json!({"eventName":null}), "eventName", json!(null), None),
        (
            "unknown field",
            json!({"eventName":"x","new":[1]}),
            "eventName",
            json!({"new":[1]}),
            Some("x"),
        ),
        (
            "identity as text",
            json!({"eventName":"x","userIdentity":"root"}),
            "",
            json!({"userIdentity":"root"}),
            Some("x"),
        ),
        (
            "session as list",
            json!({"eventName":"x","userIdentity":{"sessionContext":[1]}}),
            "",
            json!({"userIdentity":{"sessionContext":[1]}}),
            Some("x"),
        ),
        (
            "issuer as text",
            json!({"eventName":"x","userIdentity":{"sessionContext":{"sessionIssuer":"i"}}}),
            "",
            json!({"userIdentity":{"sessionContext":{"sessionIssuer":"i"}}}),
            Some("x"),
        ),
        (
            "time that is none",
            json!({"eventName":"x","eventTime":"soon"}),
            "",
            json!({"eventTime":"soon"}),
            Some("x"),
        ),
        (
            "flag that is none",
            json!({"eventName":"x","readOnly":"maybe"}),
            "",
            json!({"readOnly":"maybe"}),
            Some("x"),
        ),
        (
            "both ids",
            json!({"eventName":"x","eventID":"a","eventId":"b"}),
            "",
            json!({"eventId":"b"}),
            Some("x"),
        ),
    ];
    for (situation, record, _, kept, name) in table {
        let event = event(record);
        assert_eq!(
            (extra(&event), event.event_name.as_deref()),
            (kept, name),
            "{situation}"
        );
        assert!(!event.event_id.is_empty());
    }
}

#[test]
fn flags_and_ids_come_in_several_spellings() {
    for (value, expected) in [
        (json!(true), Some(true)),
        (json!("true"), Some(true)),
        (json!("false"), Some(false)),
        (json!(null), None),
        (json!(""), None),
    ] {
        assert_eq!(event(json!({"eventName":"x","readOnly":value})).read_only, expected);
    }
    assert_eq!(event(json!({"eventName":"x","eventId":"lower"})).event_id, "lower");
    assert_eq!(
        event(json!({"eventName":"x","requestParameters":""}))
            .request_parameters
            .as_deref(),
        Some("\"\"")
    );
    assert_eq!(
        event(json!({"eventName":"x","requestParameters":"HIDDEN"}))
            .request_parameters
            .as_deref(),
        Some("\"HIDDEN\"")
    );
}

#[test]
fn a_key_that_comes_twice_loses_nothing() {
    let event = parse(br#"{"eventName":"a","eventName":"b"}"#, 0, &Limits::default()).unwrap();
    assert_eq!(
        (event.event_name.as_deref(), event.extra.as_deref()),
        (Some("a"), Some(r#"{"eventName":"b"}"#))
    );
}

#[test]
fn without_an_id_the_content_is_the_id() {
    let one = r#"{"eventName":"x","userIdentity":{"type":"Root","arn":"é"},"requestParameters":{"password":"p","l":[1,{"b":2,"a":[]}]}}"#;
    let same = r#" { "requestParameters" : {"l":[ 1 , {"a":[ ],"b":2}], "password":"other"}, "userIdentity":{"arn":"\u00e9","type":"Root"},"eventName":"\u0078"} "#;
    let other = one.replace("Root", "User");
    let id = |text: &str| {
        parse(text.as_bytes(), 0, &Limits::default())
            .unwrap()
            .event_id
            .into_owned()
    };
    assert_eq!(id(one), id(same));
    assert_ne!(id(one), id(&other));
    assert!(id(one).starts_with("sha256:") && id(one).len() == 71, "{}", id(one));
}

#[test]
fn what_is_no_record_is_named() {
    for (text, name) in [
        (
            r#"{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}"#,
            "notification",
        ),
        (r#"{"digestS3Object":"x","logFiles":[]}"#, "digest"),
        (
            r#"{"detail-type":"Object Created","detail":{"bucket":{}}}"#,
            "`Object Created`",
        ),
        (r#"{"class_uid":3005,"metadata":{}}"#, "OCSF"),
        (r#"{"kind":"Event","auditID":"x"}"#, "Kubernetes audit"),
        (
            r#"{"timestamp":1,"message":"I1018 09:15:02 controller.go:1"}"#,
            "kube-apiserver-audit",
        ),
        (r#"{"apiVersion":"v1","kind":"PodList"}"#, "podtrail inventory"),
        (r#"{"s3Bucket":"b","s3ObjectKey":["k"]}"#, "notification"),
        (r#"{"Type":"Notification","TopicArn":"t","Message":"{}"}"#, "SNS"),
        (r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#, "test message"),
        (r#"{"a":1,"b":2}"#, "`a`, `b`"),
        ("{}", "no keys"),
        ("[]", "found an array"),
        ("17", "found a number"),
        (r#"{"eventName":"x"} y"#, "after the record at byte 117"),
        (r#"{"eventName":"#, "cut off"),
        ("", "cut off"),
        (r#"{"eventName":x}"#, "byte 113"),
    ] {
        let reject = parse(text.as_bytes(), 100, &Limits::default()).unwrap_err();
        assert!(reject.reason.contains(name), "{text}: {}", reject.reason);
        assert_eq!((reject.offset, reject.bytes.as_slice()), (100, text.as_bytes()));
    }
}

#[test]
fn kept_bytes_are_few_and_redacted() {
    let limits = Limits {
        reject_bytes: 30,
        ..Limits::default()
    };
    let reject = parse(br#"{"sessionToken":"abcdefabcdef","x":"0123456789"}"#, 0, &limits).unwrap_err();
    assert_eq!(reject.bytes, br#"{"sessionToken":"[redacted]","x"#[..30]);
}

#[test]
fn json_spread_over_lines_is_stored_on_one() {
    let text = "{\n \"eventID\": \"a\",\n \"requestParameters\": {\n  \"key\": \"two  spaces, \\\"quoted\\\\\",\n  \"list\": [ 1, 2 ]\n }\n}";
    let event = crate::parse(text.as_bytes(), 0, &crate::Limits::default()).unwrap();
    assert_eq!(
        event.request_parameters.as_deref(),
        Some(r#"{"key":"two  spaces, \"quoted\\","list":[1,2]}"#)
    );
}
