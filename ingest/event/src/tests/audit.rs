//! Kubernetes audit events: each form in which they come, each column, and that no secret lands.

use crate::{Event, Limits, Reject, Splitter, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06eCJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

/// A kubelet asks for a pod's web identity token.
fn token_request() -> Value {
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Request",
        "auditID": "7e3c1a52-0f4b-4c1e-9d8a-2b6f5e4d3c21", "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/checkout/serviceaccounts/checkout-api/token", "verb": "create",
        "user": {"username": "system:node:ip-10-30-1-17.eu-west-1.compute.internal", "groups": ["system:nodes"]},
        "sourceIPs": ["10.30.1.17"], "userAgent": "kubelet/v1.34.1 (linux/amd64) kubernetes/abcdef0",
        "objectRef": {"resource": "serviceaccounts", "namespace": "checkout", "name": "checkout-api",
            "apiVersion": "v1", "subresource": "token"},
        "responseStatus": {"metadata": {}, "code": 201},
        "requestObject": {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "spec": {"audiences": ["sts.amazonaws.com"], "expirationSeconds": 86400,
                "boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "checkout-api-5d8f-x7kqp", "uid": "u-1"}},
            "status": {"token": "", "expirationTimestamp": null}},
        "responseObject": {"kind": "TokenRequest", "status": {"token": TOKEN, "expirationTimestamp": "2026-10-19T09:15:02Z"}},
        "requestReceivedTimestamp": "2026-10-18T09:15:02.123456Z", "stageTimestamp": "2026-10-18T09:15:02.130000Z",
        "annotations": {"authentication.kubernetes.io/issued-credential-id": "JTI=6b1f", "authorization.k8s.io/decision": "allow"},
    })
}

fn with(changes: Value) -> Value {
    let mut event = token_request();
    for (key, value) in changes.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

fn row(event: &Value) -> Event<'static> {
    parse(event.to_string().as_bytes(), 0, &Limits::default())
        .unwrap()
        .into_owned()
}

fn inside(text: Option<&str>) -> Value {
    serde_json::from_str(text.unwrap_or("null")).unwrap()
}

/// Rows and reasons of a stream, in chunks of a size.
fn read(stream: &str, size: usize) -> Vec<Result<Event<'static>, String>> {
    let mut rows = Vec::new();
    let mut sink =
        |_: u64, row: Result<Event<'_>, Reject>| rows.push(row.map(Event::into_owned).map_err(|reject| reject.reason));
    let mut splitter = Splitter::new(Limits::default());
    for chunk in stream.as_bytes().chunks(size) {
        splitter.push_events(chunk, &mut sink);
    }
    splitter.finish_events(&mut sink);
    rows
}

#[test]
fn a_token_request_fills_the_columns() {
    let event = row(&token_request());
    assert_eq!(event.event_id, "7e3c1a52-0f4b-4c1e-9d8a-2b6f5e4d3c21");
    assert_eq!(event.event_time.unwrap().to_string(), "2026-10-18T09:15:02.123456Z");
    assert_eq!(event.event_type.as_deref(), Some(crate::audit::KIND));
    assert_eq!(event.event_source.as_deref(), Some(crate::audit::SOURCE));
    assert_eq!(event.event_name.as_deref(), Some("create serviceaccounts/token"));
    assert_eq!(
        event.user_name.as_deref(),
        Some("system:node:ip-10-30-1-17.eu-west-1.compute.internal")
    );
    assert_eq!(event.source_ip_address.as_deref(), Some("10.30.1.17"));
    assert_eq!(event.read_only, Some(false));
    assert!(event.error_code.is_none() && event.recipient_account_id.is_none() && !event.interim);
    let request = inside(event.request_parameters.as_deref());
    assert_eq!(
        request["requestObject"]["spec"]["boundObjectRef"]["name"],
        "checkout-api-5d8f-x7kqp"
    );
    assert_eq!(
        request["requestObject"]["spec"]["audiences"],
        json!(["sts.amazonaws.com"])
    );
    assert_eq!(request["objectRef"]["name"], "checkout-api");
    let response = inside(event.response_elements.as_deref());
    assert_eq!(response["status"]["token"], "[redacted]");
    assert_eq!(response["status"]["expirationTimestamp"], "2026-10-19T09:15:02Z");
    let extra = inside(event.extra.as_deref());
    assert_eq!(
        extra["annotations"]["authentication.kubernetes.io/issued-credential-id"],
        "JTI=6b1f"
    );
    assert_eq!(extra["user"], json!({"groups": ["system:nodes"]}));
    assert_eq!(extra["stageTimestamp"], "2026-10-18T09:15:02.130000Z");
}

#[test]
fn names_verdicts_and_addresses() {
    let no_object = json!({"objectRef": null, "requestURI": "/livez?verbose", "verb": "get", "sourceIPs": ["192.0.2.7", "10.0.0.1"]});
    let event = row(&with(no_object));
    assert_eq!(event.event_name.as_deref(), Some("get /livez"));
    assert_eq!(event.read_only, Some(true));
    assert_eq!(event.source_ip_address.as_deref(), Some("192.0.2.7"));
    assert_eq!(
        inside(event.extra.as_deref())["sourceIPs"],
        json!(["192.0.2.7", "10.0.0.1"])
    );
    let refused = json!({"responseStatus": {"code": 403, "reason": "Forbidden", "message": "no"}});
    let event = row(&with(refused));
    assert_eq!(
        (event.error_code.as_deref(), event.error_message.as_deref()),
        (Some("Forbidden"), Some("no"))
    );
    let event = row(&with(json!({"responseStatus": {"code": 500}})));
    assert_eq!((event.error_code.as_deref(), event.error_message), (Some("500"), None));
}

#[test]
fn fields_of_other_types_are_kept_and_stop_nothing() {
    let odd = json!({"auditID": 7, "user": "x", "sourceIPs": "10.0.0.1", "verb": null, "objectRef": [1],
        "requestReceivedTimestamp": "soon", "responseStatus": "fine", "userAgent": {"a": 1}, "new": {"field": 1}});
    let event = row(&with(odd));
    assert!(event.event_id.starts_with("sha256:"));
    // The stage's time serves where that of the request is none.
    assert_eq!(event.event_time.unwrap().to_string(), "2026-10-18T09:15:02.130Z");
    assert_eq!(event.event_name, None);
    let extra = inside(event.extra.as_deref());
    for (key, value) in [
        ("auditID", json!(7)),
        ("user", json!("x")),
        ("requestReceivedTimestamp", json!("soon")),
        ("new", json!({"field": 1})),
    ] {
        assert_eq!(extra[key], value, "{key}");
    }
    assert_eq!(inside(event.request_parameters.as_deref())["objectRef"], json!([1]));
}

#[test]
fn only_the_end_of_a_request_is_final() {
    for (stage, interim) in [
        ("RequestReceived", true),
        ("ResponseStarted", true),
        ("ResponseComplete", false),
        ("Panic", false),
        ("SomethingNew", false),
    ] {
        let event = row(&with(json!({"stage": stage})));
        assert_eq!(event.interim, interim, "{stage}");
        assert_eq!(event.event_id.contains('/'), interim, "{stage}: {}", event.event_id);
    }
    // A client that chooses its audit id cannot make its request pass for one.
    assert!(!row(&with(json!({"auditID": "x/RequestReceived"}))).interim);
}

fn envelope(messages: &[String], stream: &str) -> String {
    let lines: Vec<Value> = (messages.iter().enumerate())
        .map(|(at, text)| json!({"id": at.to_string(), "timestamp": 1_792_000_000_000_u64, "message": text}))
        .collect();
    // In the order in which CloudWatch Logs writes the keys.
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"/aws/eks/shop-prod/cluster","logStream":"{stream}","subscriptionFilters":["all"],"logEvents":{}}}"#,
        Value::Array(lines)
    )
}

#[test]
fn every_form_gives_its_events() {
    let (one, two) = (token_request().to_string(), with(json!({"auditID": "b"})).to_string());
    let quoted = |text: &str| Value::from(text).to_string();
    let answer = |extra: &str| {
        let line = |text: &str| {
            format!(
                r#"{{{extra}"timestamp":1,"message":{},"ingestionTime":2,"eventId":"3"}}"#,
                quoted(text)
            )
        };
        format!(
            r#"{{"events":[{},{}],"searchedLogStreams":[],"nextToken":"n"}}"#,
            line(&one),
            line(&two)
        )
    };
    let stream = "kube-apiserver-audit-0a1b";
    let whole = envelope(&[one.clone(), two.clone()], stream);
    let halves = format!(
        "{}{}",
        envelope(std::slice::from_ref(&one), stream),
        envelope(std::slice::from_ref(&two), stream)
    );
    for (situation, input, cluster, log_stream) in [
        ("JSON lines", format!("{one}\n{two}\n"), None, None),
        (
            "list",
            format!(r#"{{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{{}},"items":[{one},{two}]}}"#),
            None,
            None,
        ),
        (
            "export to S3",
            format!("2026-10-18T09:15:02.123Z {one}\n2026-10-18T09:15:02.130Z {two}\n"),
            None,
            None,
        ),
        (
            "export without fraction",
            format!("2026-10-18T09:15:02Z {one}\n2026-10-18T09:15:03Z {two}"),
            None,
            None,
        ),
        ("subscription", whole.clone(), Some("shop-prod"), Some(stream)),
        (
            "subscription, two envelopes without a break",
            halves,
            Some("shop-prod"),
            Some(stream),
        ),
        (
            "subscription, in an array",
            format!("[{whole}]"),
            Some("shop-prod"),
            Some(stream),
        ),
        (
            "filter-log-events",
            answer(r#""logStreamName":"kube-apiserver-audit-9f","#),
            None,
            Some("kube-apiserver-audit-9f"),
        ),
        ("get-log-events", answer(""), None, None),
    ] {
        for size in [1, 7, 4096] {
            let rows: Vec<_> = read(&input, size)
                .into_iter()
                .map(|row| row.unwrap_or_else(|why| panic!("{situation}: {why}")))
                .collect();
            let ids: Vec<_> = rows.iter().map(|row| row.event_id.as_ref()).collect();
            assert_eq!(ids, ["7e3c1a52-0f4b-4c1e-9d8a-2b6f5e4d3c21", "b"], "{situation}");
            for row in &rows {
                let data = inside(row.additional_event_data.as_deref());
                assert_eq!(
                    (data["cluster"].as_str(), data["logStream"].as_str()),
                    (cluster, log_stream),
                    "{situation}"
                );
                assert_eq!(
                    row.recipient_account_id.as_deref(),
                    cluster.map(|_| "111122223333"),
                    "{situation}"
                );
            }
        }
    }
}

#[test]
fn a_folder_of_the_log_groups_name_tells_the_cluster() {
    let line = read(&token_request().to_string(), 4096).remove(0).unwrap();
    for (file, cluster) in [
        (
            "s3://logs/aws/eks/shop-prod/cluster/0f1e/kube-apiserver-audit-1/000000.gz",
            Some("shop-prod"),
        ),
        ("/data/aws/eks/shop-prod/cluster/000000.gz", Some("shop-prod")),
        ("s3://logs/audit/000000.gz", None),
        ("s3://logs/aws/eks/a/b/cluster/000000.gz", None),
        ("s3://logs/aws/eks//cluster/000000.gz", None),
    ] {
        let mut event = line.clone();
        crate::audit::name_cluster(&mut event, file);
        assert_eq!(
            inside(event.additional_event_data.as_deref())["cluster"].as_str(),
            cluster,
            "{file}"
        );
    }
    // What an envelope says is not replaced, and other events are left alone.
    let file = "s3://logs/aws/eks/other/cluster/000000.gz";
    let around = envelope(&[token_request().to_string()], "kube-apiserver-audit-0a1b");
    let mut event = read(&around, 4096).remove(0).unwrap();
    crate::audit::name_cluster(&mut event, file);
    assert_eq!(inside(event.additional_event_data.as_deref())["cluster"], "shop-prod");
    let mut event = row(&json!({"eventID": "a", "eventName": "GetObject"}));
    crate::audit::name_cluster(&mut event, file);
    assert_eq!(event.additional_event_data, None);
}

#[test]
fn what_an_envelope_says_ends_with_it() {
    let alone = with(json!({"auditID": "alone"})).to_string();
    let around = envelope(&[token_request().to_string()], "kube-apiserver-audit-0a1b");
    for input in [
        format!("{around}\n{alone}"),
        format!("[{around},{alone}]"),
        format!("{around}{{\"Records\":[{alone}]}}"),
    ] {
        let rows = read(&input, 4096);
        assert_eq!(rows.len(), 2, "{input}");
        let last = rows[1].as_ref().unwrap();
        assert_eq!(
            (last.event_id.as_ref(), &last.additional_event_data),
            ("alone", &None),
            "{input}"
        );
    }
}

#[test]
fn records_of_cloudtrail_are_found_in_the_same_forms() {
    let record = r#"{"eventVersion":"1.08","eventID":"a","eventName":"GetObject","recipientAccountId":"444455556666"}"#;
    for input in [
        format!("2026-10-18T09:15:02.123Z {record}\n"),
        envelope(&[record.to_owned()], "111122223333_CloudTrail_eu-west-1"),
    ] {
        let rows = read(&input, 5);
        assert_eq!(rows.len(), 1);
        assert_eq!(
            rows[0].as_ref().unwrap().recipient_account_id.as_deref(),
            Some("444455556666")
        );
    }
}

#[test]
fn lines_of_other_logs_are_refused_by_name_and_controls_are_no_records() {
    let klog = "I1018 09:15:02.000000 1 controller.go:1] {sync}";
    let rows = read(
        &envelope(
            &[klog.to_owned(), token_request().to_string()],
            "kube-controller-manager-1",
        ),
        64,
    );
    assert_eq!(rows.len(), 2);
    assert!(
        rows[0].as_ref().unwrap_err().contains("kube-apiserver-audit"),
        "{rows:?}"
    );
    assert!(rows[1].is_ok());
    // The API server writes `kind` and `apiVersion` first, by which the next event is found.
    let event = token_request().to_string();
    let event = event.replacen('{', r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","#, 1);
    let exported = format!("2026-10-18T09:15:02.123Z {klog}\n2026-10-18T09:15:02.123Z {event}\n");
    let rows = read(&exported, 64);
    assert_eq!(
        (rows.len(), rows[0].is_err(), rows[1].is_ok()),
        (2, true, true),
        "{rows:?}"
    );
    let control = r#"{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],"logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}"#;
    assert_eq!(read(control, 64), vec![]);
    // A number is no time.
    assert!(read("20261018 {}", 64)[0].is_err());
}

#[test]
fn secrets_in_objects_do_not_land() {
    let secret = json!({"kind": "Secret", "apiVersion": "v1", "type": "Opaque", "data": {"k": "c2VjcmV0LTEx"},
        "metadata": {"name": "db", "namespace": "x", "annotations": {"note": "secret-11"}, "managedFields": [{"a": "secret-11"}]}});
    let of_secrets = json!({"resource": "secrets", "namespace": "x", "name": "db"});
    let applied = json!({"kind": "Secret", "data": {"k": "secret-11"}}).to_string();
    let table: [(&str, Value); 11] = [
        (
            "a Secret is created",
            json!({"objectRef": of_secrets, "requestObject": secret, "responseObject": secret}),
        ),
        (
            "a Secret is patched",
            json!({"objectRef": of_secrets, "requestObject": {"data": {"k": "secret-11"}}}),
        ),
        (
            "by a JSON patch",
            json!({"objectRef": of_secrets, "requestObject": [{"op": "add", "path": "/data/k", "value": "secret-11"}]}),
        ),
        (
            "Secrets are listed",
            json!({"responseObject": {"kind": "SecretList", "items": [{"data": {"k": "secret-11"}}]}}),
        ),
        (
            "a Secret in a list of anything",
            json!({"responseObject": {"kind": "List", "items": [secret]}}),
        ),
        (
            "metadata that is none",
            json!({"requestObject": {"kind": "Secret", "metadata": "secret-11"}}),
        ),
        (
            "a pod with a password in its environment",
            json!({"requestObject": {"kind": "Pod", "spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": "secret-11"}],
                "args": ["--api-key", "secret-11", "--token=secret-11"]}]}}}),
        ),
        (
            "a patch of one value",
            json!({"requestObject": [{"op": "add", "path": "/spec/dbPassword", "value": "secret-11"}]}),
        ),
        (
            "a copy kept by kubectl",
            json!({"requestObject": {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}}}}),
        ),
        (
            "a command in a pod",
            json!({"objectRef": {"resource": "pods", "subresource": "exec"}, "requestURI": "/api/v1/namespaces/x/pods/y/exec?command=mysql&command=-psecret-11"}),
        ),
        (
            "a token review",
            json!({"requestObject": {"kind": "TokenReview", "spec": {"token": "secret-11"}}}),
        ),
    ];
    for (situation, changes) in table {
        let text = serde_json::to_string(&row(&with(changes))).unwrap();
        assert!(
            !text.contains("secret-11") && !text.contains("c2VjcmV0LTEx"),
            "{situation}: {text}"
        );
    }
    let kept = row(&with(
        json!({"requestObject": {"spec": {"env": [{"name": "AWS_ROLE_ARN", "value": "arn:aws:iam::1:role/x"}]}}}),
    ));
    assert!(kept.request_parameters.unwrap().contains("role/x"));
}

/// Objects of any shape, with a mark wherever a Secret or a credential has a value.
fn object(mark: &'static str) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(1)),
        Just(json!("plain")),
        Just(Value::Null),
        Just(json!(["a", "b"]))
    ];
    leaf.prop_recursive(4, 20, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::btree_map("[a-z]{1,4}", inner.clone(), 0..3).prop_map(|map| map.into_iter().collect()),
            inner.clone().prop_map(
                move |other| json!({"kind": "Secret", "data": {"k": mark, "l": other}, "stringData": {"m": mark}})
            ),
            inner
                .clone()
                .prop_map(move |other| json!({"kind": "SecretList", "items": [{"data": {"k": mark}}, other]})),
            inner
                .clone()
                .prop_map(move |other| json!({"status": {"token": mark, "x": other}})),
            inner.prop_map(move |other| json!([{"name": "API_TOKEN", "value": mark}, other])),
        ]
    })
}

proptest! {
    #[test]
    fn no_mark_lands(request in object("mark-of-a-secret"), response in object("mark-of-a-secret"), size in 1_usize..64, form in 0_u8..4) {
        let event = with(json!({"requestObject": request, "responseObject": response})).to_string();
        let stream = match form {
            0 => event,
            1 => format!("2026-10-18T09:15:02.123Z {event}\n"),
            2 => envelope(&[event], "kube-apiserver-audit-1"),
            _ => format!(r#"{{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[{event}]}}"#),
        };
        let rows = read(&stream, size);
        prop_assert_eq!(rows.len(), 1);
        let text = serde_json::to_string(rows[0].as_ref().unwrap()).unwrap();
        prop_assert!(!text.contains("mark-of-a-secret"), "{}", text);
        prop_assert!(!text.contains(TOKEN));
    }

    #[test]
    fn damage_never_stops_the_reader_and_chunks_never_matter(at in any::<prop::sample::Index>(), byte: u8, size in 1_usize..40) {
        let line = format!("2026-10-18T09:15:02.123Z {}\n", token_request());
        let text = format!("{line}{}\n{line}", envelope(&[token_request().to_string()], "kube-apiserver-audit-1"));
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let whole = read(&text, usize::MAX);
        prop_assert!(whole.iter().filter(|row| row.is_ok()).count() >= 1);
        prop_assert_eq!(read(&text, size), whole);
    }
}
