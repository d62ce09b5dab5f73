use super::*;

#[test]
fn tables_decode() {
    assert!(catalog().actions().len() > 20_000);
    assert_eq!(catalog().data_date(), "2026-09-26");
}
