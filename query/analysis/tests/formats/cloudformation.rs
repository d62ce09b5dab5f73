use podtrail_analysis::answer::PolicyKind;
use podtrail_analysis::formats::{Format, render};
use serde_json::{Value, json};

use crate::fixtures::{empty, situations, with_documents};
use crate::parts::{folder, python, python_json, run};
use crate::proposed::{Proposed, normal, proposed};

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What a template proposes.
fn read(template: &str) -> Vec<Proposed> {
    let template: Value = serde_saphyr::from_str(template).unwrap_or_else(|error| panic!("{error}\n{template}"));
    assert_eq!(template["AWSTemplateFormatVersion"], "2010-09-09");
    let mut all = Vec::new();
    for (id, resource) in template["Resources"].as_object().unwrap() {
        assert!(id.len() <= 255 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
        let properties = &resource["Properties"];
        let document = normal_of(&properties["PolicyDocument"]);
        all.push(match resource["Type"].as_str().unwrap() {
            "AWS::IAM::ManagedPolicy" => {
                assert_eq!(properties["Roles"].as_array().unwrap().len(), 1);
                let (to, name) = (text(&properties["Roles"][0]), text(&properties["ManagedPolicyName"]));
                Proposed {
                    kind: "managed",
                    to,
                    name,
                    document,
                }
            }
            "AWS::IAM::RolePolicy" => {
                let (to, name) = (text(&properties["RoleName"]), text(&properties["PolicyName"]));
                Proposed {
                    kind: "inline",
                    to,
                    name,
                    document,
                }
            }
            "AWS::EKS::PodIdentityAssociation" => {
                assert_eq!(properties["DisableSessionTags"], true);
                let names = ["ClusterName", "Namespace", "ServiceAccount", "RoleArn"];
                let to = names.map(|name| text(&properties[name])).join(" ");
                let policy: Value = serde_json::from_str(properties["Policy"].as_str().unwrap()).unwrap();
                let document = normal_of(&policy);
                Proposed {
                    kind: "association",
                    to,
                    name: String::new(),
                    document,
                }
            }
            other => panic!("{other}"),
        });
    }
    for trust in template["Metadata"]["Podtrail"]["TrustPolicies"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let document = normal_of(&trust["AssumeRolePolicyDocument"]);
        let to = text(&trust["RoleArn"]);
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

fn normal_of(document: &Value) -> String {
    if document.is_null() {
        String::new()
    } else {
        normal(document).to_string()
    }
}

#[test]
fn every_situation_is_read_back() {
    for (name, recommendations) in situations() {
        let template = render(&recommendations, Format::Cloudformation);
        assert_eq!(read(&template), proposed(&recommendations), "{name}\n{template}");
    }
}

#[test]
fn another_reader_of_another_version_of_yaml_reads_the_same() {
    for format in [Format::Cloudformation, Format::Eksctl] {
        let files: Vec<String> = situations().iter().map(|(_, all)| render(all, format)).collect();
        let program = "import json, sys, yaml\nprint(json.dumps([list(yaml.safe_load_all(text)) for text in json.load(sys.stdin)]))";
        let Some(read) = python_json(program, &json!(files).to_string()) else {
            return;
        };
        for (file, theirs) in files.iter().zip(read.as_array().unwrap()) {
            let ours: Vec<Value> = serde_saphyr::from_multiple(file).unwrap();
            let theirs: Vec<&Value> = theirs
                .as_array()
                .unwrap()
                .iter()
                .filter(|value| !value.is_null())
                .collect();
            assert_eq!(ours.iter().collect::<Vec<_>>(), theirs, "{file}");
        }
    }
}

/// Templates that a service would take; the odd documents are only for reading back. The linter's pattern of an ARN has
/// no line feeds, which IAM takes.
fn deployable() -> Vec<String> {
    situations()
        .into_iter()
        .filter(|(name, all)| !name.contains(" odd ") && !name.contains("\\n") && !proposed(all).is_empty())
        .map(|(_, all)| render(&all, Format::Cloudformation))
        .collect()
}

#[test]
fn the_linter_finds_nothing() {
    let Some(mut python) = python() else { return };
    let templates: Vec<String> = deployable();
    let folder = folder("templates", &templates, "yaml");
    let files = (0..templates.len()).map(|at| folder.join(format!("{at}.yaml")));
    let lint = [
        "-c",
        "from cfnlint import runner; runner.main()",
        "--format",
        "parseable",
        "--",
    ];
    let output = run(python.args(lint).args(files), "").unwrap();
    let found = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let all = output.status.success() && found.is_empty();
    assert!(all, "of {} templates\n{found}\n{}", templates.len(), folder.display());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_cloudformation_would_read_is_left_out_and_said() {
    let documents = [
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/{{resolve:secretsmanager:db:SecretString:password}}"}]}),
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
            "Condition": {"StringEquals": {"Ref": "AWS::Region"}}}]}),
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
            "Resource": {"Fn::Sub": "x"}}]}),
    ];
    for document in documents {
        for kind in [PolicyKind::Managed, PolicyKind::Association] {
            let one = [with_documents(kind, std::slice::from_ref(&document))];
            for format in [Format::Cloudformation, Format::Eksctl] {
                let file = render(&one, format);
                assert!(file.contains("# Left out: policy-0 of "), "{file}");
                assert!(
                    !file.contains("resolve:") && !file.contains("Fn::") && !file.contains("Ref"),
                    "{file}"
                );
            }
        }
    }
}

#[test]
fn nothing_to_deploy_is_no_template_that_empties_a_stack() {
    let template = render(&[empty()], Format::Cloudformation);
    assert!(
        template.contains("# Nothing is recommended") && template.ends_with("Resources: {}\n"),
        "{template}"
    );
    assert!(template.contains("no call is in the window"), "{template}");
}
