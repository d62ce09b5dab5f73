use crate::Timestamp;
use proptest::prelude::*;

#[test]
fn iso_8601_is_read_and_written() {
    for (text, micros, shown) in [
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
        ("2023-07-10T12:40:00Z", 1_688_992_800_000_000, "2023-07-10T12:40:00Z"),
        ("2024-02-29T23:59:59Z", 1_709_251_199_000_000, "2024-02-29T23:59:59Z"),
        (
            "2023-07-10T12:40:00.5Z",
            1_688_992_800_500_000,
            "2023-07-10T12:40:00.500Z",
        ),
        (
            "2023-07-10T12:40:00.000001Z",
            1_688_992_800_000_001,
            "2023-07-10T12:40:00.000001Z",
        ),
        (
            "2023-07-10T14:40:00+02:00",
            1_688_992_800_000_000,
            "2023-07-10T12:40:00Z",
        ),
        ("2023-07-10T12:40:00", 1_688_992_800_000_000, "2023-07-10T12:40:00Z"),
        ("1969-12-31T23:59:59Z", -1_000_000, "1969-12-31T23:59:59Z"),
    ] {
        let time = Timestamp::parse(text);
        assert_eq!(time, Some(Timestamp(micros)), "{text}");
        assert_eq!(time.unwrap().to_string(), shown);
    }
    for text in [
        "",
        "x",
        "2023-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2023-07-10T24:00:00Z",
        "1688992800",
    ] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
}

#[test]
fn expirations_of_sts_are_read() {
    let expected = Timestamp::parse("2024-07-09T16:41:37Z");
    for text in [
        "Jul 9, 2024, 4:41:37 PM",
        "Jul 9, 2024 4:41:37 PM",
        "Jul 9, 2024, 4:41:37\u{202f}PM",
        "July 9, 2024, 16:41:37",
        "2024-07-09T16:41:37Z",
    ] {
        assert_eq!(Timestamp::parse_expiration(text), expected, "{text}");
    }
    assert_eq!(
        Timestamp::parse_expiration("Jan 1, 2024, 12:00:00 AM"),
        Timestamp::parse("2024-01-01T00:00:00Z")
    );
    assert_eq!(
        Timestamp::parse_expiration("Jan 1, 2024, 12:00:00 PM"),
        Timestamp::parse("2024-01-01T12:00:00Z")
    );
    for text in [
        "",
        "Jul 32, 2024, 4:41:37 PM",
        "Jul 9, 2024, 14:41:37 PM",
        "Foo 9, 2024, 4:41:37 PM",
        "Jul 9, 2024",
    ] {
        assert_eq!(Timestamp::parse_expiration(text), None, "{text}");
    }
}

#[test]
fn dates_are_utc() {
    let time = Timestamp::parse("2024-03-01T00:30:00+01:00").unwrap();
    assert_eq!(
        (time.date(), time.date_text()),
        ((2024, 2, 29), "2024-02-29".to_owned())
    );
    assert_eq!(serde_json::to_string(&time).unwrap(), r#""2024-02-29T23:30:00Z""#);
}

proptest! {
    #[test]
    fn what_is_written_is_read(micros in -62_135_596_800_000_000_i64..253_402_300_799_999_999) {
        let time = Timestamp(micros);
        prop_assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
        let theirs = jiff::Timestamp::from_microsecond(micros).unwrap();
        prop_assert_eq!(Timestamp::parse(&theirs.to_string()), Some(time));
    }

    #[test]
    fn no_text_stops_the_reader(text in ".{0,40}") {
        let _ = (Timestamp::parse(&text), Timestamp::parse_expiration(&text));
    }
}
