use super::items;
use crate::{Item, Limits, Splitter, parse};
use proptest::prelude::*;

/// JSON values of any shape, with words that mean something here.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        "[a-zé\"\\\\{}\\[\\]:,\n ]{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just(r#""\ud83d\ude00\u00e9\/""#.to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| format!("[{}]", list.join(" , "))),
            prop::collection::vec((key(), inner), 0..4).prop_map(|members| object(&members)),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("eventName".to_owned()),
        Just("eventID".to_owned()),
        Just("userIdentity".to_owned()),
        Just("sessionContext".to_owned()),
        Just("sessionIssuer".to_owned()),
        Just("attributes".to_owned()),
        Just("detail".to_owned()),
        Just("sessionToken".to_owned()),
        Just("eventTime".to_owned()),
        "[a-z]{1,6}",
    ]
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|(key, value)| format!("\"{key}\": {value}"))
        .collect();
    format!("{{{}}}", members.join(", "))
}

fn record() -> impl Strategy<Value = String> {
    prop::collection::vec((key(), value()), 0..8).prop_map(|mut members| {
        members.insert(0, ("eventVersion".to_owned(), "\"1.08\"".to_owned()));
        object(&members)
    })
}

/// A stream in one of the accepted forms.
fn stream(records: &[String], form: u8) -> String {
    match form % 4 {
        0 => format!("{{\"Records\":[{}]}}", records.join(",")),
        1 => format!("[{}]", records.join(",\n")),
        2 => records.join("\n"),
        _ => {
            let wrap = |record: &String| format!("{{\"CloudTrailEvent\":{}}}", serde_json::to_string(record).unwrap());
            format!(
                "{{\"Events\":[{}],\"NextToken\":\"x\"}}",
                records.iter().map(wrap).collect::<Vec<_>>().join(",")
            )
        }
    }
}

fn small() -> Limits {
    Limits {
        record_bytes: 120,
        reject_bytes: 40,
        depth: 12,
    }
}

proptest! {
    #[test]
    fn no_record_is_lost(records in prop::collection::vec(record(), 0..6), form: u8, size in 1_usize..50) {
        let found = items(stream(&records, form).as_bytes(), &[size], Limits::default());
        let texts: Vec<_> = found.into_iter().map(|item| item.unwrap().1).collect();
        prop_assert_eq!(&texts, &records);
        for text in &texts {
            prop_assert!(parse(text.as_bytes(), 0, &Limits::default()).is_ok(), "{}", text);
        }
    }

    #[test]
    fn chunks_never_matter(
        records in prop::collection::vec(record(), 0..5), form: u8, sizes in prop::collection::vec(1_usize..40, 1..6),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 0..4),
    ) {
        let mut bytes = stream(&records, form).into_bytes();
        for (at, byte, how) in damage {
            if bytes.is_empty() { break }
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.truncate(at),
            }
        }
        for limits in [Limits::default(), small()] {
            prop_assert_eq!(items(&bytes, &sizes, limits), items(&bytes, &[usize::MAX], limits));
        }
    }

    #[test]
    fn arbitrary_bytes_never_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300), sizes in prop::collection::vec(1_usize..40, 1..4)) {
        prop_assert_eq!(items(&bytes, &sizes, small()), items(&bytes, &[usize::MAX], small()));
        let _ = parse(&bytes, 0, &Limits::default());
    }

    #[test]
    fn json_like_bytes_never_stop_the_reader(text in "([{}\\[\\]:,\"\\\\ \n]|Records|eventVersion|detail|1|null){0,60}", sizes in prop::collection::vec(1_usize..20, 1..4)) {
        prop_assert_eq!(items(text.as_bytes(), &sizes, small()), items(text.as_bytes(), &[usize::MAX], small()));
        // The walk accepts exactly what a JSON parser accepts.
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) && value.is_object() {
            prop_assert!(!parse(text.as_bytes(), 0, &Limits::default()).is_err_and(|reject| reject.reason.contains("broken")));
        } else {
            prop_assert!(parse(text.as_bytes(), 0, &Limits::default()).is_err());
        }
    }

    #[test]
    fn both_ways_of_reading_agree(records in prop::collection::vec(record(), 0..5), form: u8, cut in any::<prop::sample::Index>()) {
        let text = stream(&records, form);
        let bytes = &text.as_bytes()[..cut.index(text.len() + 1)];
        let limits = Limits::default();
        let mut rows = Vec::new();
        let mut splitter = Splitter::new(limits);
        let mut sink = |offset: u64, row: Result<crate::Event<'_>, crate::Reject>| rows.push((offset, row.map(crate::Event::into_owned)));
        splitter.push_events(bytes, &mut sink);
        splitter.finish_events(&mut sink);
        let mut apart = Vec::new();
        let mut sink = |item: Item<'_>| apart.push(match item {
            Item::Record { offset, json } => (offset, parse(json, offset, &limits).map(crate::Event::into_owned)),
            Item::Reject(reject) => (reject.offset, Err(reject)),
        });
        splitter.push(bytes, &mut sink);
        splitter.finish(&mut sink);
        prop_assert_eq!(rows, apart);
    }

    #[test]
    fn order_and_space_do_not_change_the_id(members in prop::collection::btree_map("[a-z]{1,5}", value(), 1..6), seed: u64) {
        let mut members: Vec<_> = members.into_iter().collect();
        members.push(("eventName".to_owned(), "\"x\"".to_owned()));
        let one = object(&members);
        let by = (seed % 7) as usize % members.len();
        members.rotate_left(by);
        let other = object(&members).replace("\": ", "\"  :\n");
        let id = |text: &str| parse(text.as_bytes(), 0, &Limits::default()).unwrap().event_id.into_owned();
        // A key-like text within a string must not be taken for a key.
        prop_assume!(serde_json::from_str::<serde_json::Value>(&one).ok() == serde_json::from_str(&other).ok());
        prop_assert_eq!(id(&one), id(&other));
    }
}
