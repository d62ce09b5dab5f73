use podtrail_analysis::formats::{Format, file_name, render};
use podtrail_analysis::lineage::Mechanism;
use podtrail_iam::policy::Policy;
use serde_json::{Value, json};

use crate::fixtures::{made_of, shop, situations};

#[test]
fn both_forms_hold_the_same_documents() {
    for (name, recommendations) in situations() {
        let pretty = render(&recommendations, Format::Iam);
        let minified = render(&recommendations, Format::IamMinified);
        let read: Value = serde_json::from_str(&pretty).unwrap();
        assert_eq!(read, serde_json::from_str::<Value>(&minified).unwrap(), "{name}");
        assert!(pretty.ends_with("}\n") && minified.ends_with("}\n"), "{name}");
        assert_eq!(minified.lines().count(), 1, "{name}");
    }
}

#[test]
fn a_single_document_is_a_policy_of_the_size_that_is_told() {
    let one = shop(Mechanism::Irsa);
    let policy = &one.recommendations[0].policies[0];
    let minified = render(std::slice::from_ref(&one), Format::IamMinified);
    assert_eq!(minified.trim_end().len() as u64, policy.characters);
    for format in [Format::Iam, Format::IamMinified] {
        let text = render(std::slice::from_ref(&one), format);
        assert_eq!(
            Policy::parse(&text).unwrap().to_json(),
            policy.document.as_ref().unwrap()
        );
        assert!(text.find("Version") < text.find("Statement") && text.find("\"Sid\"") < text.find("\"Effect\""));
    }
}

#[test]
fn several_workloads_are_told_apart() {
    let mut other = shop(Mechanism::Irsa);
    other.workload = "prod/shop/pay".to_owned();
    let read: Value = serde_json::from_str(&render(&[shop(Mechanism::Irsa), other], Format::Iam)).unwrap();
    let keys: Vec<&String> = read.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["prod/shop/cart", "prod/shop/pay"]);
    assert_eq!(
        render(&[made_of(Vec::new(), Mechanism::Irsa)], Format::IamMinified),
        "{}\n"
    );
    assert_eq!(
        serde_json::from_str::<Value>(&render(&[], Format::Iam)).unwrap(),
        json!({})
    );
}

#[test]
fn forms_have_names_that_lead_back_and_files_safe_ones() {
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.name()), Some(format));
    }
    assert_eq!(Format::from_name("pulumi"), None);
    let mut one = shop(Mechanism::Irsa);
    assert_eq!(file_name(std::slice::from_ref(&one), Format::Terraform), "shop-cart.tf");
    one.workload = "prod/sh\"op/../ca\nrt".to_owned();
    assert_eq!(file_name(&[one], Format::Eksctl), "..-ca-rt.yaml");
    assert_eq!(file_name(&[], Format::IamMinified), "recommendations.json");
}
