//! The harness itself: what it promises, as the clients of the SDK see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata};
use podtrail_tests::cloudtrail::{CloudTrail, PublicKey};
use podtrail_tests::moto::{moto, s3, sqs};
use podtrail_tests::postgres::postgres;
use podtrail_tests::proxy::Proxy;
use podtrail_tests::{Fault, When};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn of_conditional_puts_at_once_exactly_one_wins() {
    let Some(moto) = moto() else { return };
    let bucket = moto.bucket("race").await;
    let proxy = Proxy::before(moto.endpoint());
    let puts = proxy.rule(When::put("/"), Fault::None);
    let racers = (0..12).map(|racer| {
        let put = s3(&proxy.endpoint()).put_object().bucket(&bucket).key("commit");
        let put = put
            .if_none_match("*")
            .body(format!("racer {racer}").into_bytes().into());
        tokio::spawn(put.send())
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert_eq!(error.code(), Some("PreconditionFailed"), "{error:?}"),
        }
    }
    assert_eq!((won, puts.seen(), puts.hit()), (1, 12, 0));
}

/// moto loses this race too seldom to show that the proxy prevents it, so here is a service that would always lose.
#[tokio::test]
async fn conditional_requests_reach_the_service_one_at_a_time() {
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let service = axum::Router::new().fallback({
        let most = Arc::clone(&most);
        async move || {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            inside.fetch_sub(1, Ordering::SeqCst);
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::before(&format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(axum::serve(listener, service).into_future());
    let puts = (0..6).map(|_| {
        let put = s3(&proxy.endpoint()).put_object().bucket("bucket").key("key");
        put.if_none_match("*").send()
    });
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

/// What a client got: the content, or why not.
async fn read(client: &aws_sdk_s3::Client, bucket: &str, key: &str) -> Result<Vec<u8>, String> {
    let answer = client.get_object().bucket(bucket).key(key).send().await;
    let answer = answer.map_err(|error| match error.code() {
        Some(code) => code.to_owned(),
        None => DisplayErrorContext(error).to_string(),
    })?;
    let content = answer.body.collect().await.map_err(|error| format!("body: {error}"))?;
    Ok(content.to_vec())
}

#[tokio::test]
async fn every_fault_reaches_the_client_and_then_it_works_again() {
    let Some(moto) = moto() else { return };
    let bucket = moto.bucket("faults").await;
    let content = b"0123456789".repeat(500);
    moto.put(&bucket, "AWSLogs/a=b.json.gz", &content).await;
    let proxy = Proxy::before(moto.endpoint());
    let client = s3(&proxy.endpoint());
    let cases = [
        (Fault::Internal, "InternalError"),
        (Fault::SlowDown, "SlowDown"),
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::ExpiredToken, "ExpiredToken"),
        (Fault::OtherRegion("eu-central-1"), "PermanentRedirect"),
        (Fault::CutRequest, "connection closed"),
        (Fault::LoseAnswer, "connection closed"),
        (Fault::CutAnswer(0), "body: "),
        (Fault::CutAnswer(1000), "body: "),
    ];
    for (fault, expected) in cases {
        proxy.heal();
        let rule = proxy.rule(When::get(&format!("/{bucket}/AWSLogs/")).nth(2), fault.clone());
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(read(&client, &bucket, "AWSLogs/a=b.json.gz").await);
        }
        let why = seen[1].as_ref().unwrap_err();
        assert!(why.contains(expected), "{fault:?}: {why}");
        assert_eq!([&seen[0], &seen[2]], [&Ok(content.clone()); 2], "{fault:?}");
        assert_eq!((rule.seen(), rule.hit()), (3, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn slow_content_is_whole_and_other_content_is_seen_only_by_its_checksum() {
    let Some(moto) = moto() else { return };
    let bucket = moto.bucket("content").await;
    let unchecked = moto.s3().config().to_builder();
    let unchecked = unchecked.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    let put = aws_sdk_s3::Client::from_conf(unchecked.build()).put_object();
    let put = put
        .bucket(&bucket)
        .key("unchecked")
        .body(b"what is stored".to_vec().into());
    put.send().await.unwrap();
    moto.put(&bucket, "checked", b"what is stored").await;

    let proxy = Proxy::before(moto.endpoint());
    let client = s3(&proxy.endpoint());
    let pause = Duration::from_millis(2);
    proxy.rule(When::get(&format!("/{bucket}/checked")).nth(1), Fault::Slow(3, pause));
    assert_eq!(read(&client, &bucket, "checked").await.unwrap(), b"what is stored");

    proxy.rule(When::any(), Fault::OtherContent);
    let other = read(&client, &bucket, "unchecked").await.unwrap();
    assert_eq!(other.len(), b"what is stored".len());
    assert_ne!(other, b"what is stored");
    let refused = read(&client, &bucket, "checked").await.unwrap_err();
    assert!(refused.starts_with("body: "), "{refused}");
}

#[tokio::test]
async fn a_put_whose_answer_is_lost_was_done_and_one_cut_before_was_not() {
    let Some(moto) = moto() else { return };
    let bucket = moto.bucket("lost").await;
    let proxy = Proxy::before(moto.endpoint());
    for (key, fault, stored) in [("done", Fault::LoseAnswer, true), ("not", Fault::CutRequest, false)] {
        proxy.rule(When::put(&format!("/{bucket}/{key}")), fault);
        let put = s3(&proxy.endpoint()).put_object().bucket(&bucket).key(key);
        put.body(b"content".to_vec().into()).send().await.unwrap_err();
        assert_eq!(read(&moto.s3(), &bucket, key).await.is_ok(), stored, "{key}");
    }
    let head = s3(&proxy.endpoint()).head_object().bucket(&bucket).key("done");
    assert_eq!(head.send().await.unwrap().content_length, Some(7));
    let lines = proxy.requests();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with(&format!("HEAD /{bucket}/done"))),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_queue_answers_through_the_proxy_and_its_operations_can_fail() {
    let Some(moto) = moto() else { return };
    let queue = moto.queue("trail").await;
    moto.sqs()
        .send_message()
        .queue_url(&queue)
        .message_body("one")
        .send()
        .await
        .unwrap();
    let proxy = Proxy::before(moto.endpoint());
    let client = sqs(&proxy.endpoint());
    proxy.rule(When::operation("DeleteMessage").nth(1), Fault::AccessDenied);
    let received = client.receive_message().queue_url(&queue).send().await.unwrap();
    let message = &received.messages()[0];
    assert_eq!(message.body(), Some("one"));
    let delete = || {
        let receipt = message.receipt_handle().unwrap();
        client.delete_message().queue_url(&queue).receipt_handle(receipt).send()
    };
    assert_eq!(delete().await.unwrap_err().code(), Some("AccessDenied"));
    delete().await.unwrap();
}

fn record(number: i64, region: &str, category: &str) -> Value {
    json!({
        "eventID": format!("event-{number:03}"), "eventName": "AssumeRole", "eventSource": "sts.amazonaws.com",
        "eventTime": jiff::Timestamp::from_second(1_793_000_000 + number).unwrap().to_string(),
        "awsRegion": region, "eventCategory": category, "readOnly": true,
        "userIdentity": {"type": "AssumedRole", "accessKeyId": "ASIAEXAMPLE",
            "arn": "arn:aws:sts::111122223333:assumed-role/reader/session-1"},
        "resources": [{"type": "AWS::IAM::Role", "ARN": "arn:aws:iam::111122223333:role/r"}],
    })
}

#[tokio::test]
async fn lookup_events_pages_newest_first_in_the_region_and_time_asked() {
    let mut records: Vec<Value> = (0..125)
        .map(|number| record(number, "eu-west-1", "Management"))
        .collect();
    records.push(record(500, "us-east-1", "Management"));
    records.push(record(501, "eu-west-1", "Data"));
    let service = CloudTrail::start(records);
    let client = service.client("eu-west-1");
    let mut pages = client
        .lookup_events()
        .start_time(DateTime::from_secs(1_793_000_005))
        .end_time(DateTime::from_secs(1_793_000_124))
        .into_paginator()
        .send();
    let mut sizes = Vec::new();
    let mut events = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.events().len());
        events.extend(page.events.unwrap_or_default());
    }
    assert_eq!(sizes, [50, 50, 20]);
    let ids: Vec<&str> = events.iter().map(|event| event.event_id().unwrap()).collect();
    let expected: Vec<String> = (5..125).rev().map(|number| format!("event-{number:03}")).collect();
    assert_eq!(ids, expected);
    let first = &events[0];
    assert_eq!(first.read_only(), Some("true"));
    assert_eq!(first.username(), Some("session-1"));
    assert_eq!(first.access_key_id(), Some("ASIAEXAMPLE"));
    assert_eq!(
        first.resources()[0].resource_name(),
        Some("arn:aws:iam::111122223333:role/r")
    );
    assert_eq!(first.event_time().unwrap().secs(), 1_793_000_124);
    let text: Value = serde_json::from_str(first.cloud_trail_event().unwrap()).unwrap();
    assert_eq!(text, record(124, "eu-west-1", "Management"));
    let asked = service.asked();
    assert_eq!(asked.len(), 3);
    assert!(
        asked
            .iter()
            .all(|each| each.region == "eu-west-1" && each.operation == "LookupEvents")
    );
}

#[tokio::test]
async fn lookup_events_refuses_what_the_real_one_refuses() {
    let service = CloudTrail::start(
        (0..60)
            .map(|number| record(number, "eu-west-1", "Management"))
            .collect(),
    );
    let client = service.client("eu-west-1");
    service.refuse(2, "ThrottlingException");
    for _ in 0..2 {
        let error = client.lookup_events().send().await.unwrap_err();
        assert_eq!(error.code(), Some("ThrottlingException"));
    }
    let too_many = client.lookup_events().max_results(51).send().await.unwrap_err();
    assert!(too_many.as_service_error().unwrap().is_invalid_max_results_exception());
    let token = client.lookup_events().send().await.unwrap().next_token.unwrap();
    let other_time = client
        .lookup_events()
        .next_token(&token)
        .start_time(DateTime::from_secs(5));
    let error = other_time.send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_invalid_next_token_exception());
    let rest = client.lookup_events().next_token(token).send().await.unwrap();
    assert_eq!((rest.events().len(), rest.next_token()), (10, None));
    let refused: Vec<_> = service.asked().iter().map(|each| each.refused).collect();
    assert_eq!(refused[0], Some("ThrottlingException"));
    assert_eq!(refused.iter().flatten().count(), 4);
}

#[tokio::test]
async fn public_keys_are_those_valid_in_the_time_asked() {
    let service = CloudTrail::start(Vec::new());
    for (fingerprint, from, to) in [("old", 100, 200), ("new", 200, 300)] {
        service.add_key(PublicKey {
            der: fingerprint.as_bytes().to_vec(),
            fingerprint: fingerprint.to_owned(),
            from,
            to,
        });
    }
    let list = service.client("eu-west-1").list_public_keys();
    let list = list
        .start_time(DateTime::from_secs(201))
        .end_time(DateTime::from_secs(250));
    let list = list.send().await.unwrap();
    let [key] = list.public_key_list() else {
        panic!("{list:?}")
    };
    assert_eq!(key.fingerprint(), Some("new"));
    assert_eq!(key.value().unwrap().as_ref(), b"new");
    assert_eq!(key.validity_end_time().unwrap().secs(), 300);
}

#[tokio::test]
async fn each_database_of_postgresql_is_a_new_one() {
    let Some(postgres) = postgres() else { return };
    let addresses = [postgres.database().await, postgres.database().await];
    assert_ne!(addresses[0], addresses[1]);
    for address in addresses {
        let mut connection = PgConnection::connect(&address).await.unwrap();
        sqlx::raw_sql("CREATE TABLE t (x BIGINT); INSERT INTO t VALUES (42)")
            .execute(&mut connection)
            .await
            .unwrap();
        let x: i64 = sqlx::query_scalar("SELECT x FROM t")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(x, 42);
    }
}
