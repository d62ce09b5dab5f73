//! Commits whose answer is lost, late or wrong.

use super::*;

async fn commit_with(faults: &[Fault]) -> (Result<Commit, crate::IngestError>, Table) {
    let (lake, store) = lake();
    let mut table = events(&lake).await;
    let file = written(&table, &rows(&[(Some(DAY), "a")]), 0).await;
    store.fail(faults);
    let result = table.commit(vec![file], false, Uuid::new_v4(), &[]).await;
    (result, events(&lake).await)
}

#[tokio::test]
async fn a_commit_is_in_the_log_once_whatever_became_of_its_answer() {
    let cases: [&[Fault]; 6] = [
        &[],
        &[Fault::AnswerLost],
        &[Fault::NotStored],
        &[Fault::Busy],
        &[Fault::AnswerLost, Fault::NotStored],
        &[Fault::NotStored, Fault::Busy, Fault::NotStored],
    ];
    for faults in cases {
        let (result, table) = commit_with(faults).await;
        assert_eq!(result.unwrap(), Commit::Done(1), "{faults:?}");
        assert_eq!(
            (table.version(), table.files().await.unwrap().len()),
            (1, 1),
            "{faults:?}"
        );
    }
}

#[tokio::test]
async fn what_is_denied_or_never_ends_is_an_error_and_no_conflict() {
    let cases: [&[Fault]; 3] = [&[Fault::Denied], &[Fault::NotStored; 4], &[Fault::Busy; 4]];
    for faults in cases {
        let (result, table) = commit_with(faults).await;
        assert!(result.is_err(), "{faults:?}");
        assert_eq!(table.version(), 0, "{faults:?}");
    }
}

#[tokio::test]
async fn only_another_commit_in_its_place_is_a_conflict() {
    for faults in [&[][..], &[Fault::NotStored], &[Fault::Busy]] {
        let (lake, store) = lake();
        let mut table = events(&lake).await;
        let mut other = events(&lake).await;
        append(&mut other, &rows(&[(Some(DAY), "theirs")]), 0).await;
        let file = written(&table, &rows(&[(Some(DAY), "ours")]), 0).await;
        store.fail(faults);
        let id = Uuid::new_v4();
        assert_eq!(
            table.commit(vec![file.clone()], false, id, &[]).await.unwrap(),
            Commit::Conflict,
            "{faults:?}"
        );
        store.fail(&[]);
        assert_eq!(table.commit(vec![file], false, id, &[]).await.unwrap(), Commit::Done(2));
        assert_eq!(table.files().await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_table_is_made_once_whoever_makes_it() {
    let (lake, store) = lake();
    store.fail(&[Fault::AnswerLost]);
    let (one, two) = futures::join!(events(&lake), events(&lake));
    assert_eq!((one.version(), two.version()), (0, 0));
}

#[tokio::test]
async fn the_log_gets_checkpoints_that_tell_the_same() {
    let (lake, store) = lake();
    let mut table = events(&lake).await;
    for nth in 0..20 {
        let (first, last) = (DAY + nth * 1_000_000, DAY + nth * 1_000_000 + 1_500);
        append(
            &mut table,
            &rows(&[(None, "n"), (Some(first), "a"), (Some(last), "b")]),
            0,
        )
        .await;
    }
    let objects: Vec<ObjectMeta> = futures::TryStreamExt::try_collect(store.list(None)).await.unwrap();
    let ends = |end: &str| {
        objects
            .iter()
            .filter(|object| object.location.as_ref().ends_with(end))
            .count()
    };
    assert_eq!((ends(".checkpoint.parquet"), ends("_last_checkpoint")), (1, 1));
    assert_eq!(ends(".json"), 21, "the ledger's commits stay");
    let again = events(&lake).await;
    assert_eq!(again.version(), 20);
    let files = again.files().await.unwrap();
    assert_eq!(files, table.files().await.unwrap());
    assert!(
        files
            .iter()
            .all(|file| file.rows == Some(3) && file.null_times == Some(1))
    );
    assert_eq!(
        files.iter().filter_map(|file| file.times).min(),
        Some((DAY, DAY + 2_000))
    );
}
