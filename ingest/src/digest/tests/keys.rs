//! Public keys out of files.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::sync::Arc;

use super::trail::{Check, Memory, Trail, cloudtrails_key, forgers_key, hours, told};
use crate::digest::{KeyFile, PublicKeys, Vault, Wanted, Window, verify};

fn pkcs1() -> Vec<u8> {
    cloudtrails_key().public_key().as_ref().to_vec()
}

fn x509() -> Vec<u8> {
    cloudtrails_key().public_key().as_der().unwrap().as_ref().to_vec()
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn answer(fingerprint: &str, der: &[u8]) -> String {
    let key = json!({
        "Value": STANDARD.encode(der), "Fingerprint": fingerprint,
        "ValidityStartTime": "2026-10-01T00:00:00+00:00", "ValidityEndTime": "2026-11-30T00:00:00+00:00",
    });
    json!({ "PublicKeyList": [key] }).to_string()
}

fn forger() -> Vec<u8> {
    forgers_key().public_key().as_ref().to_vec()
}

fn wrong(files: &[Vec<u8>]) -> Vec<String> {
    let memory = Arc::new(Memory::default());
    Trail::new().deliver(&memory, 0..=0);
    let vault: Arc<dyn Vault> = memory;
    let mut keys = KeyFile::default();
    for (index, file) in files.iter().enumerate() {
        keys.add(&format!("file {index}"), file).unwrap();
    }
    let window = Window {
        since: None,
        until: hours(1),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let report = runtime.block_on(verify(&vault, "", &keys, window, &())).unwrap();
    let altered = report
        .problems
        .into_iter()
        .filter(|problem| problem.outcome.name() == "altered");
    altered.map(|problem| problem.reason).collect()
}

#[test]
fn a_key_is_read_in_every_form() {
    let two = [answer("f0", &forger()), answer("c1", &pkcs1())].join("\n");
    let small = answer("c1", &pkcs1()).replace("PublicKeyList", "publicKeyList");
    for (form, file) in [
        ("an answer", answer("c1", &pkcs1()).into_bytes()),
        ("an answer in capitals", answer("C1", &pkcs1()).into_bytes()),
        ("answers one after another", two.into_bytes()),
        ("an answer as the user guide shows it", small.into_bytes()),
        ("an answer with X.509", answer("c1", &x509()).into_bytes()),
        ("PEM, PKCS #1", pem("RSA PUBLIC KEY", &pkcs1()).into_bytes()),
        (
            "PEM, X.509, after another",
            (pem("PUBLIC KEY", &forger()) + &pem("PUBLIC KEY", &x509())).into_bytes(),
        ),
        ("base64", STANDARD.encode(pkcs1()).into_bytes()),
        ("DER", pkcs1()),
    ] {
        assert_eq!(wrong(&[file]), Vec::<String>::new(), "{form}");
    }
}

#[test]
fn the_wrong_keys_prove_nothing() {
    let unknown = wrong(&[answer("f0", &forger()).into_bytes()]);
    assert!(
        unknown[0].contains("`c1`, which is not among the public keys of `file 0`"),
        "{unknown:?}"
    );
    let lying = wrong(&[answer("c1", &forger()).into_bytes()]);
    assert!(lying[0].contains("does not fit"), "{lying:?}");
    let other = wrong(&[pem("RSA PUBLIC KEY", &forger()).into_bytes()]);
    assert!(other[0].contains("does not fit"), "{other:?}");
    let both = wrong(&[answer("c1", &forger()).into_bytes(), pkcs1()]);
    assert_eq!(both, Vec::<String>::new(), "files add up");
}

#[test]
fn what_holds_no_key_is_refused_by_name() {
    let private = pem("RSA PRIVATE KEY", &pkcs1());
    for file in ["", "{}", "{\"PublicKeyList\": []}", "hello", "AAAA", &private] {
        let error = KeyFile::default()
            .add("keys.json", file.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains("`keys.json` holds no public key"), "{file}: {error}");
    }
}

#[test]
fn a_digest_asks_for_the_keys_of_its_time_and_regions() {
    let memory = Arc::new(Memory::default());
    Trail::new().deliver(&memory, 0..=0);
    let check = Check::after(0);
    assert_eq!(told(&check.run(&memory)), [], "the home region has the key");
    assert_eq!(*check.keys.asked.lock().unwrap(), [(hours(-1), hours(0))]);
    let mut check = Check::after(0);
    check.keys.region = "eu-west-1";
    assert_eq!(told(&check.run(&memory)), [], "the region of the digest has it");
    check.keys.region = "ap-south-1";
    assert_eq!(check.run(&memory).total().altered, 1, "another region's key is another");
}

#[test]
fn a_key_of_a_file_is_found_by_its_fingerprint() {
    let mut keys = KeyFile::default();
    keys.add("a", answer("c1", &pkcs1()).as_bytes()).unwrap();
    keys.add("b", answer("f0", &forger()).as_bytes()).unwrap();
    let wanted = Wanted {
        fingerprint: "F0",
        regions: ["eu-west-1", "eu-west-1"],
        time: (hours(0), hours(1)),
    };
    let found = futures::executor::block_on(keys.find(wanted)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].der, forger());
    assert_eq!(keys.origin(), "the public keys of `a`, `b`");
}
