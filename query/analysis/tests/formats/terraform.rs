use std::collections::BTreeMap;
use std::process::Command;

use hcl::eval::{Context, Evaluate};
use hcl::expr::Expression;
use hcl::structure::{Block, Body};
use podtrail_analysis::answer::{PolicyKind, Recommendation, Warning};
use podtrail_analysis::formats::{Format, render};
use podtrail_analysis::lineage::Mechanism;
use serde_json::{Map, Value, json};

use crate::fixtures::{CLUSTER, shop, situations};
use crate::parts::{folder, run};
use crate::proposed::{Proposed, normal, proposed};

/// The value of an attribute, without anything to refer to: a template that is left in a text fails here.
fn value(body: &Body, name: &str) -> Option<Value> {
    let attribute = body.attributes().find(|attribute| attribute.key() == name)?;
    let value = attribute.expr.evaluate(&Context::new()).unwrap();
    Some(serde_json::to_value(value).unwrap())
}

fn text(body: &Body, name: &str) -> String {
    value(body, name).unwrap().as_str().unwrap().to_owned()
}

/// An attribute as it is written.
fn written(body: &Body, name: &str) -> String {
    let attribute = body.attributes().find(|attribute| attribute.key() == name).unwrap();
    hcl::format::to_string(&attribute.expr).unwrap()
}

/// What the provider makes of a data block, by its documentation.
fn document(body: &Body) -> Value {
    let version = value(body, "version").unwrap_or(json!("2012-10-17"));
    let variables = version == "2012-10-17";
    let mut document = Map::new();
    document.insert("Version".to_owned(), version);
    document.extend(value(body, "policy_id").map(|id| ("Id".to_owned(), id)));
    let statements = body.blocks().map(|block| {
        assert_eq!(block.identifier(), "statement");
        statement(block, variables)
    });
    document.insert("Statement".to_owned(), statements.collect());
    normal(&Value::Object(document))
}

fn replaced(value: Value, variables: bool) -> Value {
    let texts = value.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
    assert!(
        variables || texts.clone().all(|text| !text.contains("&{")),
        "the provider refuses it"
    );
    texts.map(|text| text.replace("&{", "${")).collect()
}

fn statement(block: &Block, variables: bool) -> Value {
    let mut out = Map::new();
    let body = block.body();
    for (name, element) in [
        ("sid", "Sid"),
        ("effect", "Effect"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
    ] {
        out.extend(value(body, name).map(|value| (element.to_owned(), value)));
    }
    for (name, element) in [("resources", "Resource"), ("not_resources", "NotResource")] {
        out.extend(value(body, name).map(|value| (element.to_owned(), replaced(value, variables))));
    }
    for inner in body.blocks() {
        let (element, values) = match inner.identifier() {
            "principals" => ("Principal", "identifiers"),
            "not_principals" => ("NotPrincipal", "identifiers"),
            "condition" => ("Condition", "values"),
            other => panic!("{other}"),
        };
        let values = replaced(value(inner.body(), values).unwrap(), variables);
        if element == "Condition" {
            let keys = &mut out.entry(element).or_insert(json!({}))[text(inner.body(), "test")];
            keys[text(inner.body(), "variable")] = values;
        } else if text(inner.body(), "type") == "*" {
            assert_eq!(values, json!(["*"]));
            out.insert(element.to_owned(), json!("*"));
        } else {
            out.entry(element).or_insert(json!({}))[text(inner.body(), "type")] = values;
        }
    }
    Value::Object(out)
}

/// What a file proposes. Every label must be an identifier and unique, every reference lead somewhere.
fn read(file: &str) -> Vec<Proposed> {
    let body = hcl::parse(file).unwrap_or_else(|error| panic!("{error}\n{file}"));
    assert_eq!(body.attributes().count(), 0, "{file}");
    let (mut data, mut resources) = (BTreeMap::new(), BTreeMap::new());
    for block in body.blocks() {
        let labels: Vec<&str> = block.labels().iter().map(|label| label.as_str()).collect();
        let [kind, label] = labels.as_slice() else {
            panic!("{labels:?}")
        };
        assert!(
            label.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'),
            "{label}"
        );
        assert!(
            label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)),
            "{label}"
        );
        let known = if block.identifier() == "data" {
            assert_eq!(*kind, "aws_iam_policy_document");
            data.insert(format!("data.{kind}.{label}"), document(block.body()).to_string())
                .is_some()
        } else {
            assert_eq!(block.identifier(), "resource");
            let known = resources.insert(format!("{kind}.{label}"), block.clone());
            known.is_some()
        };
        assert!(!known, "{label} is there twice");
    }
    let mut all = resources_of(&resources, &mut data);
    for (label, document) in data {
        // A trust policy's resource is the reader's own; the comment names the role.
        let line = file
            .lines()
            .find(|line| line.ends_with(&format!(" {label}.json")))
            .unwrap();
        let to = line.strip_prefix("# In the resource of ").unwrap();
        let to = to.split(": assume_role_policy").next().unwrap().to_owned();
        all.push(Proposed {
            kind: "trust",
            to,
            name: String::new(),
            document,
        });
    }
    all.sort();
    all
}

fn resources_of(resources: &BTreeMap<String, Block>, data: &mut BTreeMap<String, String>) -> Vec<Proposed> {
    let mut used = Vec::new();
    let mut policy = |body: &Body, attribute: &str| -> String {
        let written = written(body, "policy");
        match body.attributes().find(|a| a.key() == "policy").unwrap().expr() {
            Expression::Traversal(_) => {
                let label = written.strip_suffix(&format!(".{attribute}")).unwrap().to_owned();
                let document = data[&label].clone();
                used.push(label);
                document
            }
            _ => normal(&serde_json::from_str(&text(body, "policy")).unwrap()).to_string(),
        }
    };
    let mut all = Vec::new();
    for (label, block) in resources {
        let body = block.body();
        let (kind, to, name, attribute) = match block.labels()[0].as_str() {
            "aws_iam_policy" => continue,
            "aws_iam_role_policy_attachment" => {
                let label = label.replace("_role_policy_attachment.", "_policy.");
                assert_eq!(written(body, "policy_arn"), format!("{label}.arn"));
                let of = resources[&label].body();
                let document = policy(of, "json");
                let (to, name) = (text(body, "role"), text(of, "name"));
                all.push(Proposed {
                    kind: "managed",
                    to,
                    name,
                    document,
                });
                continue;
            }
            "aws_iam_role_policy" => ("inline", text(body, "role"), text(body, "name"), "json"),
            "aws_eks_pod_identity_association" => {
                assert_eq!(value(body, "disable_session_tags"), Some(json!(true)));
                let names = ["cluster_name", "namespace", "service_account", "role_arn"];
                let to = names.map(|name| text(body, name)).join(" ");
                ("association", to, String::new(), "minified_json")
            }
            other => panic!("{other}"),
        };
        let document = policy(body, attribute);
        all.push(Proposed {
            kind,
            to,
            name,
            document,
        });
    }
    data.retain(|label, _| !used.contains(label));
    all
}

#[test]
fn every_situation_is_read_back() {
    for (name, recommendations) in situations() {
        let file = render(&recommendations, Format::Terraform);
        assert_eq!(read(&file), proposed(&recommendations), "{name}\n{file}");
        assert!(file.ends_with('\n'), "{name}");
    }
}

#[test]
fn terraform_would_lay_every_file_out_so() {
    let files: Vec<String> = situations()
        .iter()
        .map(|(_, all)| render(all, Format::Terraform))
        .collect();
    let folder = folder("terraform", &files, "tf");
    let output = run(
        Command::new("terraform").args(["fmt", "-check", "-diff"]).arg(&folder),
        "",
    );
    if let Some(output) = output {
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}\n{}", folder.display());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn variables_of_iam_are_written_as_the_data_source_documents() {
    let (_, abac) = situations()
        .into_iter()
        .find(|(name, _)| name.starts_with("Managed") && name.contains("b/${aws:PrincipalTag"))
        .unwrap();
    let file = render(&abac, Format::Terraform);
    assert!(
        file.contains("resources = [\"arn:aws:s3:::b/&{aws:PrincipalTag/kubernetes-namespace}\"]"),
        "{file}"
    );
}

#[test]
fn labels_stay_and_are_never_shared() {
    let one = shop(Mechanism::Irsa);
    let file = render(std::slice::from_ref(&one), Format::Terraform);
    let mut abroad = one.clone();
    abroad.cluster_arn = Some(CLUSTER.replace("eu-west-1", "us-east-1"));
    let mut joined = one.clone();
    joined.workload = "prod_shop/cart/cart".to_owned();
    // `read` fails on a label that is there twice.
    let all = [abroad, joined, one];
    let together = render(&all, Format::Terraform);
    assert_eq!(read(&together), proposed(&all));
    assert!(
        together.contains(&file),
        "a workload among others reads as it does alone\n{together}"
    );
}

#[test]
fn comments_say_what_else_to_do() {
    let mut one = shop(Mechanism::Irsa);
    let render = |one: &Recommendation| render(std::slice::from_ref(one), Format::Terraform);
    assert!(render(&one).contains("# When it is attached, take off what the role has today: everything\n"));
    let role = &mut one.recommendations[0];
    role.warnings.push(Warning {
        code: "shared_role".to_owned(),
        message: "the role is\nshared".to_owned(),
        statement: None,
    });
    let shared = render(&one);
    assert!(
        shared.contains("# the role is shared\n") && !shared.contains("take off"),
        "{shared}"
    );
    let role = &mut one.recommendations[0];
    role.policies[0].kind = PolicyKind::Association;
    role.role_arn = "arn:aws:iam::444455556666:role/cart".to_owned();
    assert!(render(&one).contains("# The role is in another account than the cluster"));
}
