//! The API: every endpoint answers, refuses strangers, and tells errors as problem+json.

use axum::http::StatusCode;
use podtrail_tests::{Answer, Estate};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// A policy in place of that of a role.
const POLICY: &str = r#"{"role": "arn:aws:iam::111122223333:role/shop/cart", "documents": [{"name": "p.json", "text":
    "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:Get*\", \"Resource\": \"*\"}]}"}]}"#;

static SHOP: OnceCell<Estate> = OnceCell::const_new();

async fn shop() -> &'static Estate {
    SHOP.get_or_init(|| async {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let estate = Estate::empty().await;
        estate.ingest(&[&fixtures.join("shop.jsonl")]).await;
        let inventory = std::fs::read_to_string(fixtures.join("shop-inventory.json")).unwrap();
        estate.inventory(&[&inventory], Some("shop-prod")).await;
        estate
    })
    .await
}

/// A path of each endpoint of the document, with its parameters filled from the fixture.
fn example(template: &str) -> String {
    template
        .replace("{cluster}", "shop-prod")
        .replace("{namespace}", "shop")
        .replace("{service_account}", "cart")
        .replace("{session_id}", "ASIACART1")
        .replace("{event_id}", "irsa-get-1")
        .replace("{subject}", "irsa-get-1")
        .replace("{finding_id}", "trust_without_sub-f60a0c57bf9d")
}

/// Every (method, path template) of the document.
fn endpoints() -> Vec<(String, String)> {
    let document = serde_json::to_value(podtrail::http::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect()
}

fn assert_problem(answer: &Answer, status: StatusCode, kind: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.content_type, "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], format!("/problems/{kind}"));
    assert_eq!(problem["status"], status.as_u16());
    assert!(!problem["detail"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn every_endpoint_answers_and_every_endpoint_refuses_strangers() {
    let estate = shop().await;
    let all = endpoints();
    assert!(all.len() >= 17, "{all:?}");
    for (method, template) in all {
        let path = example(&template);
        let body = match template.as_str() {
            "/api/v1/check" => POLICY,
            "/api/v1/sql" => r#"{"sql": "SELECT 1"}"#,
            _ => "",
        };
        let json = ("content-type", "application/json");
        let answer = estate.http(&method, &path, &[json], body).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path}: {}", answer.text());
        for stranger in [
            [json, ("host", "evil.example")],
            [json, ("origin", "http://evil.example")],
        ] {
            let answer = estate.http(&method, &path, &stranger, body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {stranger:?}");
        }
        if method == "POST" {
            for simple in ["text/plain", "application/x-www-form-urlencoded"] {
                let answer = estate.http(&method, &path, &[("content-type", simple)], body).await;
                assert_problem(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type");
            }
        }
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let estate = shop().await;
    for path in ["/", "/api/v1/status", "/api/v1/nothing", "/healthz"] {
        let answer = estate.http("GET", path, &[], "").await;
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert!(
            header("content-security-policy").contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn an_unknown_workload_gets_the_nearest() {
    let answer = shop()
        .await
        .http("GET", "/api/v1/workloads/shop-prod/shop/crat", &[], "")
        .await;
    assert_problem(&answer, StatusCode::NOT_FOUND, "not-found");
    assert_eq!(answer.json()["suggestions"][0], "shop-prod/shop/cart");
}

#[tokio::test]
async fn a_recommendation_is_a_file_in_each_form() {
    let estate = shop().await;
    let path = "/api/v1/workloads/shop-prod/shop/cart/recommendation?format=";
    for (format, content_type, file, begins) in [
        ("iam", "application/json", "shop-cart.json", "{\n  \"Version\""),
        ("iam-minified", "application/json", "shop-cart.json", "{\"Version\""),
        ("terraform", "text/plain; charset=utf-8", "shop-cart.tf", "# "),
        (
            "cloudformation",
            "application/yaml",
            "shop-cart.yaml",
            "AWSTemplateFormatVersion",
        ),
        (
            "eksctl",
            "application/yaml",
            "shop-cart.yaml",
            "apiVersion: \"eksctl.io/v1alpha5\"",
        ),
    ] {
        let answer = estate.http("GET", &format!("{path}{format}"), &[], "").await;
        assert_eq!(answer.status, StatusCode::OK, "{format}: {}", answer.text());
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), content_type, "{format}");
        let disposition = format!("attachment; filename=\"{file}\"");
        assert_eq!(header("content-disposition"), disposition, "{format}");
        let text = answer.text();
        assert!(text.starts_with(begins) && text.ends_with('\n'), "{format}: {text}");
    }
}

#[tokio::test]
async fn a_workload_is_found_by_its_clusters_arn_too() {
    let path = "/api/v1/workloads/arn%3Aaws%3Aeks%3Aeu-west-1%3A111122223333%3Acluster%2Fshop-prod/shop/cart";
    let detail = shop().await.get(path).await;
    assert_eq!(detail["workload"]["id"], "shop-prod/shop/cart");
    assert_eq!(detail["workload"]["class"], "exact");
    assert_eq!(detail["evidence_event_id"], "irsa-issue");
}

#[tokio::test]
async fn wrong_requests_are_told_what_is_accepted() {
    let estate = shop().await;
    let cases = [
        ("/api/v1/workloads?limit=0", 400, "bad-request"),
        ("/api/v1/workloads?sort=size", 400, "bad-request"),
        ("/api/v1/workloads?mechanism=magic", 400, "bad-request"),
        ("/api/v1/events?from=yesterday", 400, "bad-request"),
        ("/api/v1/events?cursor=%00", 400, "bad-request"),
        ("/api/v1/events/none", 404, "not-found"),
        ("/api/v1/sessions/none", 404, "not-found"),
        ("/api/v1/explain/none", 404, "not-found"),
        ("/api/v1/explain/shop-prod/shop/crat", 404, "not-found"),
        ("/api/v1/graph?limit=0", 400, "bad-request"),
        ("/api/v1/graph?limit=many", 400, "bad-request"),
        ("/api/v1/graph?workload=cart", 400, "bad-request"),
        ("/api/v1/graph?workload=shop-prod/shop/crat", 404, "not-found"),
        ("/api/v1/nothing", 404, "not-found"),
        (
            "/api/v1/workloads/shop-prod/shop/cart/recommendation?format=yaml",
            400,
            "bad-request",
        ),
        (
            "/api/v1/workloads/shop-prod/shop/cart/recommendation?role=none",
            400,
            "bad-request",
        ),
    ];
    for (path, status, kind) in cases {
        assert_problem(
            &estate.http("GET", path, &[], "").await,
            StatusCode::from_u16(status).unwrap(),
            kind,
        );
    }
    let json = [("content-type", "application/json")];
    assert_problem(
        &estate.http("POST", "/api/v1/sql", &json, "{").await,
        StatusCode::BAD_REQUEST,
        "bad-request",
    );
    assert_problem(
        &estate.http("DELETE", "/api/v1/status", &json, "").await,
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
    );
}

#[tokio::test]
async fn changes_are_judged_and_what_is_wrong_with_them_is_told() {
    let estate = shop().await;
    let json = [("content-type", "application/json")];
    let answer = estate.http("POST", "/api/v1/check", &json, POLICY).await.json();
    assert_eq!(answer["verdict"], "breaks", "{answer}");
    assert_eq!(
        (&answer["allowed"], &answer["denied"]),
        (&json!(3), &json!(1)),
        "{answer}"
    );
    let miss = &answer["judged"][0]["replay"]["counterexamples"][0];
    assert_eq!(miss["action"], "s3:ListBucket", "{answer}");
    let body = r#"{"documents": [{"name": "p.json", "text": "{\"a\": 1}"}]}"#;
    let refused = estate.http("POST", "/api/v1/check", &json, body).await;
    assert_problem(&refused, StatusCode::BAD_REQUEST, "bad-request");
    assert!(refused.text().contains("p.json"), "{}", refused.text());
}

async fn ask(sql: &str) -> Answer {
    let body = json!({"sql": sql}).to_string();
    shop()
        .await
        .http("POST", "/api/v1/sql", &[("content-type", "application/json")], &body)
        .await
}

#[tokio::test]
async fn sql_answers_in_columns_and_rows_and_says_when_it_was_cut() {
    let answer = ask("SELECT event_id, calls FROM (VALUES ('a', 1), ('b', NULL)) AS t(event_id, calls) ORDER BY 1")
        .await
        .json();
    assert_eq!(answer["rows"], json!([["a", 1], ["b", null]]));
    assert_eq!(answer["columns"][0]["name"], "event_id");
    assert_eq!(answer["truncated"], false);
    let cut = ask("SELECT * FROM generate_series(1, 20000)").await.json();
    assert_eq!(cut["rows"].as_array().unwrap().len(), 10_000);
    assert_eq!(cut["truncated"], true);
}

#[tokio::test]
async fn sql_that_writes_reads_files_or_eats_memory_is_refused_with_the_reason() {
    assert_problem(&ask("DROP TABLE lake.events").await, StatusCode::FORBIDDEN, "refused");
    assert_problem(
        &ask("COPY (SELECT 1) TO '/tmp/x'").await,
        StatusCode::FORBIDDEN,
        "refused",
    );
    assert_problem(
        &ask("SELECT * FROM '/etc/passwd'").await,
        StatusCode::BAD_REQUEST,
        "bad-request",
    );
    let hungry = "SELECT a.value % 1000003, array_agg(repeat(a.value::text, 200)) FROM generate_series(1, 20000000) a GROUP BY 1";
    assert_problem(&ask(hungry).await, StatusCode::UNPROCESSABLE_ENTITY, "limit");
}

#[tokio::test]
async fn pages_join_without_gap_or_overlap() {
    let estate = shop().await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = estate.get(&format!("/api/v1/events?limit=3{cursor}")).await;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["event_id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let all = estate.get("/api/v1/events").await;
    let all: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen, all);
    assert_eq!(seen.len(), 8);
}

#[tokio::test]
async fn events_are_found_by_who_what_and_how_it_ended() {
    let estate = shop().await;
    let count = async |query: &str| {
        estate.get(&format!("/api/v1/events?{query}")).await["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count("service_account=cart&outcome=denied").await, 1);
    assert_eq!(count("action=s3:GetObject").await, 3);
    assert_eq!(count("action=s3:*").await, 3);
    assert_eq!(
        count("action=3:*").await,
        0,
        "an action that holds it does not begin so"
    );
    assert_eq!(count("resource=arn:aws:s3:::shop-carts").await, 1);
    assert_eq!(count("resource=arn:aws:s3:::shop-carts*").await, 3);
    assert_eq!(count("class=none").await, 1);
    assert_eq!(
        count("mechanism=pod_identity&event_source=dynamodb.amazonaws.com").await,
        1
    );
    assert_eq!(count("session_id=ASIACART1&from=2026-10-01T09:03:00Z").await, 2);
    assert_eq!(count("q=PUTITEM").await, 1);
    assert_eq!(count("q=%27%20OR%20%271%27%3D%271").await, 0);
}

#[tokio::test]
async fn an_event_explains_itself_and_a_session_shows_its_chain() {
    let estate = shop().await;
    let event = estate.get("/api/v1/events/pod-put").await;
    assert_eq!(event["record"]["request_parameters"]["tableName"], "orders");
    let words = event["explanation"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        words.contains("shop/orders") && words.contains("exact") && words.contains("pod-issue"),
        "{words}"
    );
    let session = estate.get("/api/v1/sessions/ASIAORDERS1").await;
    assert_eq!(session["hops"][0]["issue"]["event_id"], "pod-issue");
    assert_eq!(session["session"]["calls"], 1);
    assert_eq!(session["calls"][0]["event_id"], "pod-put");
}

#[tokio::test]
async fn coverage_adds_up() {
    let coverage = shop().await.get("/api/v1/coverage").await;
    let sum = |list: &Value, field: &str| {
        list.as_array()
            .unwrap()
            .iter()
            .map(|row| row[field].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(sum(&coverage["classes"], "calls"), 8);
    assert_eq!(sum(&coverage["trail_days"], "events"), 8);
    assert_eq!(sum(&coverage["days"], "calls") + sum(&coverage["days"], "denied"), 8);
    assert_eq!(sum(&coverage["unattributed"], "calls"), 1);
    assert_eq!(
        coverage["data_event_sources"],
        json!(["dynamodb.amazonaws.com", "s3.amazonaws.com"])
    );
}
