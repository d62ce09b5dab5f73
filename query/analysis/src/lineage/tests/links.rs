//! Links: what ties evidence together, and what does not.

use super::*;
use crate::lineage::links::*;

fn texts(links: &[Link]) -> Vec<String> {
    links.iter().map(Link::to_string).collect()
}

fn are_linked(a: &[Link], b: &[Link]) -> bool {
    a.iter().flat_map(Link::meets).any(|link| b.contains(&link))
}

#[test]
fn an_issue_is_linked_to_what_is_done_with_it_and_not_to_the_next_issue_of_that_name() {
    let first = irsa("e1", 0, "cart", "ASIA1", "cart", "token-file-web-identity");
    let next = irsa("e2", 9, "cart", "ASIA2", "cart", "token-file-web-identity");
    let of = |key, began| links_of_caller(&token_session(key, "cart", "token-file-web-identity", began));
    for (situation, links, linked) in [
        ("its key", of("ASIA1", 0), true),
        ("without key, begun then", of("", 0), true),
        ("without key, begun later", of("", 9), false),
        ("the next one's key", of("ASIA2", 9), false),
        ("the next issue", links_of_sts_call(&next), false),
        (
            "only the principal id is known",
            links_of_caller(&account("AROACART:token-file-web-identity", "")),
            true,
        ),
    ] {
        assert_eq!(are_linked(&links_of_sts_call(&first), &links), linked, "{situation}");
        assert_eq!(are_linked(&links, &links_of_sts_call(&first)), linked, "{situation}");
    }
}

#[test]
fn a_users_key_does_not_tie_what_was_asked_for_with_it() {
    let calls = [1, 2].map(|n| issue(&format!("e{n}"), n, user("AKIA1"), &format!("ASIA{n}"), "ci", "build"));
    let [first, second] = calls.each_ref().map(links_of_sts_call);
    assert!(!are_linked(&first, &second));
    assert!(!are_linked(&first, &links_of_caller(&user("AKIA1"))));
}

#[test]
fn a_refused_call_is_linked_to_its_caller_alone() {
    let refused = StsCall {
        error_code: text("AccessDenied"),
        ..irsa("e1", 0, "cart", "ASIA1", "cart", "n")
    };
    let links = links_of_sts_call(&refused);
    assert!(are_linked(&links, &links_of_caller(&refused.caller)));
    assert!(!are_linked(&links, &links_of_caller(&session("", "cart", "n", 0))));
}

#[test]
fn links_are_written_in_one_line() {
    let caller = account("AROACART:n", "s1");
    assert_eq!(
        texts(&links_of_caller(&caller)),
        [
            "principal AROACART:n".to_owned(),
            format!("caller {}", caller_key(&caller)),
            "event s1".to_owned()
        ]
    );
    assert_eq!(
        texts(&links_of_sts_call(&issue(
            "e1",
            0,
            session("ASIA1", "a", "n", -9),
            "ASIA2",
            "b",
            "m"
        ))),
        [
            "key ASIA1",
            "key ASIA2",
            "session 1699999991 AROAA:n",
            "session 1700000000 AROAB:m",
            "issued AROAB:m"
        ]
    );
}
