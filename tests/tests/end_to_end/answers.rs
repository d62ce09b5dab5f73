//! Explanations, coverage and the graph, on the demo estate and where something is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use podtrail_demo::{File, Options, generate};
use podtrail_ingest::lake::Lake;
use podtrail_query::{Engine, Store};
use podtrail_tests::{Estate, clock, podtrail};
use serde_json::Value;

use crate::demo::demo;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn list<'v>(value: &'v Value, field: &str) -> &'v Vec<Value> {
    value[field]
        .as_array()
        .unwrap_or_else(|| panic!("no list `{field}` in {value}"))
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

/// An ARN as a segment of a path.
fn encoded(arn: &str) -> String {
    arn.replace(':', "%3A").replace('/', "%2F")
}

/// Events of every mechanism, class and method of the estate: the smallest of each.
async fn samples(estate: &Estate) -> Vec<Value> {
    estate
        .sql(
            "SELECT mechanism, workload_class, pod_class, method, min(event_id) AS event_id,
                    count(DISTINCT event_id) AS events
             FROM activity GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
        )
        .await
}

#[tokio::test]
async fn every_kind_of_call_is_led_back_as_far_as_its_attribution() {
    let (estate, ..) = demo().await;
    let mut roots: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let samples = samples(estate).await;
    assert!(samples.len() > 20, "{samples:?}");
    for sample in &samples {
        let id = text(sample, "event_id");
        let told = estate.get(&format!("/api/v1/explain/{id}")).await;
        let event = &estate.get(&format!("/api/v1/events/{id}")).await;
        let steps = list(&told, "steps");
        let last = steps.last().unwrap_or_else(|| panic!("no step of {id} {sample}"));
        assert_eq!(last["evidence_event_id"], id, "the call is its own evidence: {told}");
        for pair in steps.windows(2) {
            assert_eq!(pair[0]["to"], pair[1]["from"], "a chain without holes: {told}");
        }
        let exact = |class: &str| event["event"][class] == "exact";
        let reasons = list(&told, "why_not_stronger").len();
        assert_eq!(
            reasons == 0,
            exact("workload_class") && exact("pod_class"),
            "a reason for whatever is not exact: {told}"
        );
        assert_eq!(told["text"], event["explanation"]);
        assert_eq!(told["workload"]["service_account"], event["event"]["service_account"]);
        let root = &steps[0]["from"];
        let kinds = roots.entry(text(sample, "mechanism").to_owned()).or_default();
        kinds.insert(text(root, "kind").to_owned());
        if !event["event"]["service_account"].is_null() {
            assert!(["pod", "service_account"].contains(&text(root, "kind")), "{told}");
        }
        // An exchange of a token uses no credentials: its chain is that of what it gives.
        let used = !event["event"]["session_id"].is_null();
        let chain = if used { list(event, "chain").len() } else { 0 };
        let issues = steps
            .iter()
            .filter(|step| step["to"]["kind"] == "session" || step["to"]["kind"] == "role");
        assert!(issues.count() >= chain, "each role of the chain is a step: {told}");
    }
    for mechanism in ["irsa", "pod_identity"] {
        assert!(roots[mechanism].contains("service_account"), "{roots:?}");
    }
    assert!(roots["node_role"].contains("node"), "{roots:?}");
    assert!(roots["static_key"].contains("user"), "{roots:?}");
    assert!(
        roots["other"].contains("user") && roots["other"].contains("service"),
        "{roots:?}"
    );
}

#[tokio::test]
async fn what_a_step_names_as_evidence_is_in_the_lake() {
    let (estate, ..) = demo().await;
    let mut named = BTreeSet::new();
    for sample in samples(estate).await {
        let told = estate
            .get(&format!("/api/v1/explain/{}", text(&sample, "event_id")))
            .await;
        let steps = list(&told, "steps").iter();
        named.extend(steps.filter_map(|step| step["evidence_event_id"].as_str().map(str::to_owned)));
    }
    let ids: Vec<String> = named.iter().map(|id| format!("'{id}'")).collect();
    let sql = format!(
        "SELECT count(DISTINCT event_id) AS found FROM events WHERE event_id IN ({})",
        ids.join(", ")
    );
    assert_eq!(estate.sql(&sql).await[0]["found"], named.len());
}

#[tokio::test]
async fn every_workload_that_called_by_credentials_of_its_own_is_explained() {
    let (estate, ..) = demo().await;
    let all = estate.get("/api/v1/workloads?limit=1000").await;
    let (mut chained, mut explained) = (0, 0);
    for row in list(&all, "items") {
        let own = ["irsa", "pod_identity"].map(Value::from);
        let calls = row["calls"].as_u64().unwrap() + row["denied"].as_u64().unwrap();
        if calls == 0 || !list(row, "mechanisms").iter().all(|mechanism| own.contains(mechanism)) {
            continue;
        }
        explained += 1;
        let cluster = encoded(row["cluster_arn"].as_str().unwrap_or(text(row, "cluster")));
        let (namespace, account) = (text(row, "namespace"), text(row, "service_account"));
        let told = estate
            .get(&format!("/api/v1/explain/{cluster}/{namespace}/{account}"))
            .await;
        assert_eq!(told["subject"]["kind"], "workload", "{told}");
        assert_eq!(told["workload"]["id"], row["id"], "{told}");
        assert!(!list(&told, "methods").is_empty(), "{told}");
        for step in list(&told, "steps")
            .iter()
            .filter(|step| step["from"]["kind"] == "service_account")
        {
            assert_eq!(step["from"]["id"], row["id"], "{told}");
        }
        chained += list(&told, "steps")
            .iter()
            .filter(|step| step["from"]["kind"] == "session")
            .count();
        let sum = |role: &Value| role["calls"].as_u64().unwrap() + role["denied"].as_u64().unwrap();
        let through: u64 = list(&told, "roles").iter().map(sum).sum();
        assert!(through <= calls, "{through} of {calls}: {told}");
    }
    assert!(explained >= 15, "{explained}");
    assert!(chained > 0, "the estate has chains of roles");
}

#[tokio::test]
async fn a_key_is_explained_like_its_session() {
    let (estate, ..) = demo().await;
    let sessions = "SELECT session_id, chain FROM sessions WHERE parent_session_id IS NOT NULL ORDER BY 1 LIMIT 1";
    let session = estate.sql(sessions).await.remove(0);
    let id = text(&session, "session_id");
    let told = estate.get(&format!("/api/v1/explain/{id}")).await;
    assert_eq!(
        (text(&told["subject"], "kind"), text(&told["subject"], "id")),
        ("session", id)
    );
    let to: Vec<&str> = list(&told, "steps")
        .iter()
        .map(|step| text(&step["to"], "role_arn"))
        .collect();
    let chain: Vec<&str> = list(&session, "chain").iter().filter_map(Value::as_str).collect();
    assert!(to.ends_with(&chain), "{to:?} is not {chain:?}");
}

#[tokio::test]
async fn without_an_inventory_all_is_explained_that_needs_none_and_the_rest_says_what_one_would_add() {
    let estate = Estate::empty().await;
    estate.ingest(&[&fixture("shop.jsonl")]).await;
    let told = estate.get("/api/v1/explain/irsa-get-1").await;
    assert_eq!(told["workload_class"], "exact");
    assert!(!told["text"].to_string().contains("There is no inventory"), "{told}");
    let coverage = estate.get("/api/v1/coverage").await;
    assert!(
        coverage["notes"][0]
            .as_str()
            .unwrap()
            .starts_with("There is no inventory"),
        "{coverage}"
    );

    let orphan = r#"{"eventVersion":"1.08","eventID":"orphan","eventTime":"2026-10-02T09:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","recipientAccountId":"111122223333","eventType":"AwsApiCall","eventCategory":"Data","userIdentity":{"type":"AssumedRole","principalId":"AROAORPHAN:x","arn":"arn:aws:sts::111122223333:assumed-role/orphan/x","accountId":"111122223333","accessKeyId":"ASIAORPHAN1","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAORPHAN","arn":"arn:aws:iam::111122223333:role/orphan","accountId":"111122223333","userName":"orphan"},"attributes":{"creationDate":"2026-10-02T08:00:00Z","mfaAuthenticated":"false"}}}}"#;
    estate.ingest_text(orphan).await;
    let told = estate.get("/api/v1/explain/orphan").await;
    let steps = list(&told, "steps");
    assert_eq!(
        (text(&steps[0], "action"), &steps[0]["evidence_event_id"]),
        ("issue not in the lake", &Value::Null)
    );
    assert!(told["text"].to_string().contains("There is no inventory"), "{told}");
    let inventory = std::fs::read_to_string(fixture("shop-inventory.json")).unwrap();
    estate.inventory(&[&inventory], Some("shop-prod")).await;
    let told = estate.get("/api/v1/explain/orphan").await;
    assert!(!told["text"].to_string().contains("There is no inventory"), "{told}");
}

/// The files of a small estate below a folder, by the place and hour of their delivery.
fn small_estate(folder: &Path) -> BTreeMap<(String, String), Vec<PathBuf>> {
    let mut files: BTreeMap<(String, String), Vec<PathBuf>> = BTreeMap::new();
    let options = Options {
        events: 2_000,
        ..Options::default()
    };
    generate(&options, &mut |file: File| -> std::io::Result<()> {
        if file.path.starts_with("trail/") {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap())?;
            std::fs::write(&path, &file.bytes)?;
            let name = file.path.rsplit('/').next().unwrap();
            let parts: Vec<&str> = name.split('_').collect();
            let place = format!("{}/{}", parts[0], parts[2]);
            files.entry((place, parts[3][..11].to_owned())).or_default().push(path);
        }
        Ok(())
    })
    .unwrap();
    files
}

fn place<'c>(coverage: &'c Value, name: &str) -> &'c Value {
    let is = |place: &&Value| format!("{}/{}", text(place, "account"), text(place, "region")) == name;
    list(coverage, "places").iter().find(is).unwrap()
}

#[tokio::test]
async fn a_removed_hour_of_files_is_a_gap_of_its_place_alone() {
    let folder = tempfile::tempdir().unwrap();
    let files = small_estate(folder.path());
    let whole = Estate::empty().await;
    whole.ingest(&[folder.path()]).await;
    let before = whole.get("/api/v1/coverage").await;

    // An hour in the middle of the busiest place.
    let mut hours: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, hour) in files.keys() {
        hours.entry(name).or_default().push(hour);
    }
    let (name, hours) = hours.into_iter().max_by_key(|(_, hours)| hours.len()).unwrap();
    let middle = hours[hours.len() / 2];
    for path in &files[&(name.to_owned(), middle.to_owned())] {
        std::fs::remove_file(path).unwrap();
    }
    let cut = Estate::empty().await;
    cut.ingest(&[folder.path()]).await;
    let after = cut.get("/api/v1/coverage").await;
    for other in list(&before, "places") {
        let other = format!("{}/{}", text(other, "account"), text(other, "region"));
        let (before, after) = (place(&before, &other), place(&after, &other));
        let missing = |place: &Value| place["missing_hours"].as_u64().unwrap();
        assert_eq!(missing(after), missing(before) + u64::from(other == name), "{other}");
        assert_eq!(after["basis"], "files", "{other}");
        assert!(after["lag_seconds"]["median"].as_u64().is_some(), "{other}: {after}");
    }
    let start = format!(
        "{}-{}-{}T{}:00:00Z",
        &middle[..4],
        &middle[4..6],
        &middle[6..8],
        &middle[9..11]
    );
    let gaps = list(place(&after, name), "gaps");
    assert!(
        gaps.iter()
            .any(|gap| text(gap, "from") <= start.as_str() && text(gap, "to") > start.as_str()),
        "{start} in {gaps:?}"
    );
    assert!(
        after["notes"].to_string().contains("There is nothing of"),
        "{}",
        after["notes"]
    );
}

#[tokio::test]
async fn events_without_a_trails_files_are_covered_by_their_own_hours() {
    let estate = Estate::empty().await;
    estate.ingest(&[&fixture("shop.jsonl")]).await;
    let coverage = estate.get("/api/v1/coverage").await;
    for place in list(&coverage, "places") {
        assert_eq!((text(place, "basis"), &place["files"]), ("events", &Value::from(0)));
        assert_eq!(place["lag_seconds"], Value::Null);
    }
    assert!(
        coverage["notes"].to_string().contains("an hour counts as covered"),
        "{}",
        coverage["notes"]
    );
}

#[tokio::test]
async fn coverage_stands_beside_the_answers_that_depend_on_it() {
    let (estate, truth, _) = demo().await;
    let coverage = estate.get("/api/v1/coverage").await;
    let calls = |class: &str| {
        let of_class = list(&coverage, "classes").iter().find(|share| share["class"] == class);
        of_class.unwrap()["calls"].clone()
    };
    let workload = truth.workloads.iter().find(|workload| workload.calls > 0).unwrap();
    let cluster = encoded(workload.cluster_arn.as_deref().unwrap_or(&workload.cluster));
    let path = format!(
        "/api/v1/workloads/{cluster}/{}/{}",
        workload.namespace, workload.service_account
    );
    for path in [path, "/api/v1/graph".to_owned(), "/api/v1/findings".to_owned()] {
        let short = &estate.get(&path).await["coverage"];
        for class in ["exact", "inferred", "claimed", "none"] {
            assert_eq!(short[class], calls(class), "{path} {class}");
        }
        assert_eq!(
            (&short["from"], &short["to"]),
            (&coverage["from"], &coverage["to"]),
            "{path}"
        );
        assert_eq!(short["data_event_sources"], coverage["data_event_sources"], "{path}");
    }
}

/// Calls and denials of the edges from nodes of the first column, and of those to the last.
fn ends(graph: &Value) -> [(u64, u64); 2] {
    let depth: BTreeMap<&str, u64> = list(graph, "nodes")
        .iter()
        .map(|node| (text(node, "id"), node["depth"].as_u64().unwrap()))
        .collect();
    let last = depth.values().copied().max().unwrap_or_default();
    let sum = |end: &str, at: u64| {
        let edges = list(graph, "edges").iter().filter(|edge| depth[text(edge, end)] == at);
        edges.fold((0, 0), |(calls, denied), edge| {
            (
                calls + edge["calls"].as_u64().unwrap(),
                denied + edge["denied"].as_u64().unwrap(),
            )
        })
    };
    [sum("from", 0), sum("to", last)]
}

#[tokio::test]
async fn the_graph_adds_up_to_the_use_whatever_is_asked_and_folded() {
    let (estate, ..) = demo().await;
    let one = "SELECT u.cluster, u.cluster_arn, u.namespace, u.service_account, u.role_arn FROM lake.usage u
               WHERE u.service_account IS NOT NULL ORDER BY u.calls DESC, 1, 2, 3, 4, 5 LIMIT 1";
    let one = estate.sql(one).await.remove(0);
    let (arn, namespace) = (text(&one, "cluster_arn"), text(&one, "namespace"));
    let account = text(&one, "service_account");
    let encoded = encoded(arn);
    let cases = [
        ("limit=1".to_owned(), "true".to_owned()),
        ("limit=7".to_owned(), "true".to_owned()),
        ("limit=500".to_owned(), "true".to_owned()),
        (format!("cluster={encoded}"), format!("cluster_arn = '{arn}'")),
        (
            format!("namespace={namespace}&limit=3"),
            format!("namespace = '{namespace}'"),
        ),
        (
            format!("workload={encoded}%2F{namespace}%2F{account}"),
            format!("cluster_arn = '{arn}' AND namespace = '{namespace}' AND service_account = '{account}'"),
        ),
    ];
    for (query, filter) in cases {
        let graph = estate.get(&format!("/api/v1/graph?{query}")).await;
        let sql = format!(
            "SELECT coalesce(sum(calls) FILTER (WHERE outcome <> 'denied'), 0) AS calls,
                    coalesce(sum(calls) FILTER (WHERE outcome = 'denied'), 0) AS denied
             FROM lake.usage WHERE service_account IS NOT NULL AND namespace IS NOT NULL AND {filter}"
        );
        let sums = estate.sql(&sql).await.remove(0);
        let sums = (sums["calls"].as_u64().unwrap(), sums["denied"].as_u64().unwrap());
        assert!(sums.0 > 0, "{query}");
        assert_eq!(ends(&graph), [sums, sums], "{query}");
    }
    let folded = estate.get("/api/v1/graph?limit=2").await;
    assert!(
        folded["omitted"]["workloads"].as_u64().unwrap() > 0,
        "{}",
        folded["omitted"]
    );
    assert!(list(&folded, "nodes").iter().any(|node| node["kind"] == "rest"));
    let roles = list(&estate.get("/api/v1/graph?limit=500").await, "nodes").clone();
    assert!(
        roles.iter().any(|node| node["kind"] == "role" && node["depth"] == 2),
        "a chain has a second role"
    );
}

#[tokio::test]
async fn a_role_shows_all_that_goes_through_it() {
    let (estate, ..) = demo().await;
    let base = "SELECT chain FROM sessions WHERE array_length(chain) = 2 AND namespace IS NOT NULL
                AND workload_class = 'exact' ORDER BY session_id LIMIT 1";
    let chain = estate.sql(base).await.remove(0);
    let role = list(&chain, "chain")[0].as_str().unwrap();
    let graph = estate
        .get(&format!("/api/v1/graph?role={}", role.replace(':', "%3A")))
        .await;
    let [from, to] = ends(&graph);
    assert_eq!(from, to);
    assert!(
        list(&graph, "edges")
            .iter()
            .any(|edge| text(edge, "from") == format!("role:{role}")),
        "{graph}"
    );
}

/// Another process over the same lake and database.
async fn beside(estate: &Estate) -> Engine {
    let place = |name: &str| estate.data.path().join(name).display().to_string();
    let lake = Lake::open(&place("lake")).await.unwrap();
    Engine::new(lake, Store::open(&place("podtrail.db")).await.unwrap(), clock)
}

#[tokio::test]
async fn what_another_process_imports_or_ingests_is_seen_by_the_next_question() {
    let estate = Estate::empty().await;
    estate.ingest(&[&fixture("shop.jsonl")]).await;
    let path = "/api/v1/workloads/shop-prod/shop/cart";
    let known = async || {
        estate.get("/api/v1/workloads").await["items"]
            .to_string()
            .contains("\"known\":true")
    };
    assert!(!known().await);
    let other = beside(&estate).await;
    let file = fixture("shop-inventory.json").display().to_string();
    let objects = podtrail::cli::read_inventory(&other, &[file], Some("shop-prod"))
        .await
        .unwrap();
    other.import_inventory(&objects).await.unwrap();
    assert!(known().await, "the inventory is not remembered past an import");
    let calls = async || estate.get(path).await["workload"]["calls"].as_u64().unwrap();
    let before = calls().await;
    let more = std::fs::read_to_string(fixture("shop.jsonl"))
        .unwrap()
        .replace("irsa-get-1", "irsa-get-99");
    estate.ingest_text(&more).await;
    assert_eq!(calls().await, before + 1, "neither are the figures past an ingest");
}

#[tokio::test]
async fn imports_at_once_each_raise_the_number_that_tells_of_them() {
    let estate = Estate::empty().await;
    let file = fixture("shop-inventory.json").display().to_string();
    let objects = podtrail::cli::read_inventory(&estate.engine, &[file], Some("shop-prod"))
        .await
        .unwrap();
    let engines = [beside(&estate).await, beside(&estate).await];
    let before = estate.engine.store().inventory_version().await.unwrap();
    let imports = (0..12).map(|nth: usize| {
        let (engine, part) = (&engines[nth % 2], objects.iter().skip(nth % 3).step_by(3));
        let part: Vec<_> = part.cloned().collect();
        async move { engine.import_inventory(&part).await.unwrap() }
    });
    futures::future::join_all(imports).await;
    assert_eq!(estate.engine.store().inventory_version().await.unwrap(), before + 12);
    assert_eq!(
        estate.engine.inventory().await.unwrap(),
        engines[0].inventory().await.unwrap()
    );
    assert!(!estate.engine.inventory().await.unwrap().roles.is_empty());
}

#[test]
fn the_command_line_draws_chains_and_graphs_and_tells_what_is_covered() {
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| podtrail(data.path(), arguments, b"");
    let fixture = |name: &str| fixture(name).display().to_string();
    assert_eq!(run(&["ingest", &fixture("shop.jsonl")]).code, 0);
    assert_eq!(run(&["inventory", &fixture("shop-inventory.json")]).code, 0);

    let event = run(&["explain", "irsa-get-1"]).stdout;
    assert!(
        event.contains("ServiceAccount shop/cart") && event.contains("↓ s3:GetObject"),
        "{event}"
    );
    assert!(!event.contains('\u{1b}'), "no colours but on a terminal: {event}");
    let workload = run(&["explain", "shop-prod/shop/cart"]).stdout;
    assert!(workload.contains("↓ sts:AssumeRoleWithWebIdentity"), "{workload}");
    for id in ["irsa-get-1", "ASIACART1", "shop-prod/shop/cart"] {
        let ran = run(&["explain", id, "--format", "json"]);
        let told: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(told["subject"]["id"], id);
    }
    let unknown = run(&["explain", "nobody"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("`nobody`") && unknown.stderr.contains("cluster/namespace/serviceaccount"));

    let dot = run(&["graph", "shop-prod/shop/cart", "--format", "dot"]).stdout;
    assert!(
        dot.starts_with("digraph podtrail {") && dot.contains("workload:shop-prod/shop/cart"),
        "{dot}"
    );
    let graph: Value = serde_json::from_str(&run(&["graph"]).stdout).unwrap();
    assert!(!list(&graph, "edges").is_empty());
    assert_eq!(run(&["graph", "--nodes", "0"]).code, 2);

    let coverage: Value = serde_json::from_str(&run(&["coverage"]).stdout).unwrap();
    assert!(!list(&coverage, "places").is_empty());
}
