//! The evaluator held against two others, on generated situations.

mod cases;
mod conditions;
mod random;

#[test]
fn dump() {
    let text: Vec<String> = cases::all().iter().map(|c| c.to_string()).collect();
    std::fs::write("/tmp/h2/cases.jsonl", text.join("\n") + "\n").unwrap();
    let ours: Vec<String> = text.iter().map(|l| podtrail_iam::simulate::simulate_line(l)).collect();
    std::fs::write("/tmp/h2/ours.jsonl", ours.join("\n") + "\n").unwrap();
}
