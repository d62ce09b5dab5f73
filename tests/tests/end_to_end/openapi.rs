//! The OpenAPI document, the code, and the client that is generated from it, held together.

use std::path::Path;

#[test]
fn the_committed_document_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/openapi.json");
    let committed: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let code = serde_json::to_value(podtrail::http::openapi()).unwrap();
    assert!(
        committed == code,
        "web/openapi.json is not what the code says: run `make generate`"
    );
}

#[test]
fn every_endpoint_has_a_name_a_summary_and_a_way_to_fail() {
    let document = serde_json::to_value(podtrail::http::openapi()).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(operation["operationId"].is_string(), "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(
                operation["responses"]["default"]["content"]["application/problem+json"].is_object(),
                "{method} {path}"
            );
        }
    }
}
