//! What everything that remembers checkpoints must do: one suite, run over memory, SQLite and PostgreSQL.

use std::collections::HashSet;

use podtrail_ingest::checkpoint::{Checkpoints, ReadObject, SourceState};

/// Sources whose names are alike, long, or odd.
const SOURCES: [&str; 4] = [
    "s3://trail/a",
    "s3://trail/A",
    "s3://trail/a/",
    "it's 100% \"odd\" $1 \u{1f980}\n",
];

/// Holds every promise of [`Checkpoints`] against an empty memory. `one` and `other` are two doors to the same memory,
/// as two processes have them.
///
/// # Panics
/// When a promise is broken.
pub async fn conform(one: &dyn Checkpoints, other: &dyn Checkpoints) {
    what_was_never_said_is_not_known(one).await;
    a_cursor_is_the_last_one_of_its_source(one, other).await;
    objects_are_remembered_by_name_and_version(one, other).await;
    any_number_is_marked_at_once(one).await;
    names_are_kept_as_they_are(one).await;
    what_was_read_before_a_time_is_forgotten(one).await;
    two_at_once_lose_nothing(one, other).await;
    a_note_changes_nothing_else(one).await;
}

fn object(name: &str, version: &str) -> ReadObject {
    ReadObject {
        name: name.into(),
        version: version.into(),
    }
}

fn objects(names: std::ops::Range<usize>) -> Vec<ReadObject> {
    names.map(|number| object(&format!("object {number}"), "1")).collect()
}

fn set(objects: &[ReadObject]) -> HashSet<ReadObject> {
    objects.iter().cloned().collect()
}

async fn what_was_never_said_is_not_known(memory: &dyn Checkpoints) {
    for source in SOURCES {
        assert_eq!(memory.cursor(source).await.unwrap(), None, "{source}");
        assert!(memory.read_objects(source).await.unwrap().is_empty(), "{source}");
        memory.forget_before(source, i64::MAX).await.unwrap();
        memory.mark_read(source, &[], 0).await.unwrap();
        assert!(memory.read_objects(source).await.unwrap().is_empty(), "{source}");
    }
}

async fn a_cursor_is_the_last_one_of_its_source(one: &dyn Checkpoints, other: &dyn Checkpoints) {
    for source in SOURCES {
        one.set_cursor(source, "first").await.unwrap();
    }
    for (number, source) in SOURCES.iter().enumerate() {
        one.set_cursor(source, &format!("{{\"token\": \"'{number}\"}}"))
            .await
            .unwrap();
    }
    for (number, source) in SOURCES.iter().enumerate() {
        let expected = format!("{{\"token\": \"'{number}\"}}");
        assert_eq!(other.cursor(source).await.unwrap(), Some(expected), "{source}");
    }
}

async fn objects_are_remembered_by_name_and_version(one: &dyn Checkpoints, other: &dyn Checkpoints) {
    let first = [object("a", "1"), object("b", "1"), object("b", "1"), object("a1", "")];
    one.mark_read("versions", &first, 10).await.unwrap();
    one.mark_read("versions", &first, 10).await.unwrap();
    one.mark_read("versions", &[object("a", "2"), object("a", "11")], 20)
        .await
        .unwrap();
    one.mark_read("other", &[object("c", "1")], 20).await.unwrap();
    let mut expected = set(&first);
    expected.extend([object("a", "2"), object("a", "11")]);
    assert_eq!(other.read_objects("versions").await.unwrap(), expected);
    assert_eq!(other.read_objects("other").await.unwrap(), set(&[object("c", "1")]));
}

async fn any_number_is_marked_at_once(memory: &dyn Checkpoints) {
    for count in [1, 999, 1000, 1001, 5000] {
        let source = format!("{count} at once");
        memory.mark_read(&source, &objects(0..count), 1).await.unwrap();
        assert_eq!(
            memory.read_objects(&source).await.unwrap(),
            set(&objects(0..count)),
            "{count}"
        );
    }
}

async fn names_are_kept_as_they_are(memory: &dyn Checkpoints) {
    let long = format!("/{}", "folder/".repeat(580));
    let odd = [
        object(&long, &"v".repeat(4000)),
        object("", ""),
        object("it's \"100 %\" \\ $1 ?", "\"etag\""),
        object("línea\nnueva\t\u{1f980}", "ü"),
        object("Name", "1"),
        object("name", "1"),
        object("name ", "1"),
    ];
    memory.mark_read(&long, &odd, 1).await.unwrap();
    assert_eq!(memory.read_objects(&long).await.unwrap(), set(&odd));
}

async fn what_was_read_before_a_time_is_forgotten(memory: &dyn Checkpoints) {
    for (source, at) in [("forgetting", 10), ("forgetting not", 10)] {
        memory.mark_read(source, &objects(0..3), at).await.unwrap();
    }
    memory.mark_read("forgetting", &objects(2..5), 20).await.unwrap();
    memory.forget_before("forgetting", 20).await.unwrap();
    // Of what was read twice the later time counts; what was read at the time itself stays.
    assert_eq!(memory.read_objects("forgetting").await.unwrap(), set(&objects(2..5)));
    assert_eq!(
        memory.read_objects("forgetting not").await.unwrap(),
        set(&objects(0..3))
    );
    memory.mark_read("forgetting", &objects(0..1), 30).await.unwrap();
    memory.forget_before("forgetting", 30).await.unwrap();
    assert_eq!(memory.read_objects("forgetting").await.unwrap(), set(&objects(0..1)));
}

async fn two_at_once_lose_nothing(one: &dyn Checkpoints, other: &dyn Checkpoints) {
    let backwards = |range| {
        let mut objects = objects(range);
        objects.reverse();
        objects
    };
    for round in 0..10 {
        let start = 300 * round;
        let (forth, back) = (objects(start..start + 400), backwards(start + 200..start + 600));
        let (a, b, c, d) = futures::join!(
            one.mark_read("both", &forth, 1),
            other.mark_read("both", &back, 2),
            one.set_cursor("both", "one"),
            other.set_cursor("both", "other"),
        );
        a.and(b).and(c).and(d).unwrap();
    }
    assert_eq!(one.read_objects("both").await.unwrap(), set(&objects(0..3300)));
    let cursor = one.cursor("both").await.unwrap().unwrap();
    assert!(["one", "other"].contains(&cursor.as_str()), "{cursor}");
}

async fn a_note_changes_nothing_else(memory: &dyn Checkpoints) {
    memory.set_cursor("noted", "here").await.unwrap();
    memory.mark_read("noted", &objects(0..2), 1).await.unwrap();
    for state in [noted(), SourceState::default(), noted()] {
        memory.note("noted", &state).await.unwrap();
    }
    memory.note("only noted", &SourceState::default()).await.unwrap();
    assert_eq!(memory.cursor("noted").await.unwrap().as_deref(), Some("here"));
    assert_eq!(memory.cursor("only noted").await.unwrap(), None);
    assert_eq!(memory.read_objects("noted").await.unwrap(), set(&objects(0..2)));
}

/// The state that [`conform`] leaves noted for the source `noted`; for `only noted` it is the default.
#[must_use]
pub fn noted() -> SourceState {
    SourceState {
        backlog_objects: 3,
        backlog_bytes: u64::from(u32::MAX) + 1,
        failed: 2,
        problem: Some("`s3://trail/x` isn't there: look at it".into()),
        noted_at: 1_793_491_200_000_000,
    }
}
