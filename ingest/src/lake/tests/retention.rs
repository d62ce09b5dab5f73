//! Days that are dropped.

use super::*;

/// Noon of a day of the epoch, in milliseconds.
const fn noon(day: i64) -> i64 {
    day * 86_400_000 + 43_200_000
}

async fn lake_of_days(days: &[Option<i64>]) -> (Lake, Arc<Faulty>) {
    let (lake, store) = lake();
    let mut table = lake.events().await.unwrap();
    for (nth, day) in days.iter().enumerate() {
        let id = format!("event-{nth}");
        append(&mut table, &rows(&[(day.map(|day| day * DAY + 1), &id)]), 0).await;
    }
    (lake, store)
}

async fn kept(lake: &Lake) -> Vec<Option<i64>> {
    let files = lake.events().await.unwrap().files().await.unwrap();
    let mut days: Vec<_> = files
        .iter()
        .map(|file| file.times.map(|(first, _)| first.div_euclid(DAY)))
        .collect();
    days.sort_unstable();
    days
}

#[tokio::test]
async fn days_before_the_full_days_that_are_kept_go_and_all_else_stays() {
    let days = [None, Some(96), Some(97), Some(98), Some(99), Some(100), Some(101)];
    let cases: [(u32, &[Option<i64>]); 4] = [
        (1, &[None, Some(99), Some(100), Some(101)]),
        (3, &[None, Some(97), Some(98), Some(99), Some(100), Some(101)]),
        (4, &days),
        (36_500, &days),
    ];
    for (keep, expected) in cases {
        let (lake, _) = lake_of_days(&days).await;
        let planned = lake.retain(keep, noon(100), true).await.unwrap();
        assert_eq!(kept(&lake).await, days, "a dry run drops nothing");
        let dropped = lake.retain(keep, noon(100), false).await.unwrap();
        assert_eq!(kept(&lake).await, expected, "{keep}");
        assert_eq!(planned, dropped);
        let gone = (days.len() - expected.len()) as u64;
        assert_eq!(
            (dropped.days, dropped.files, dropped.events),
            (gone, gone, gone),
            "{keep}"
        );
    }
}

#[tokio::test]
async fn the_table_says_from_when_on_it_keeps_and_a_second_run_does_nothing() {
    let (lake, _) = lake_of_days(&[Some(96), Some(100)]).await;
    assert_eq!(lake.events().await.unwrap().horizon().unwrap(), None);
    lake.retain(2, noon(100), false).await.unwrap();
    let table = lake.events().await.unwrap();
    assert_eq!(table.horizon().unwrap(), Some(98 * DAY));
    lake.retain(2, noon(100), false).await.unwrap();
    assert_eq!(lake.events().await.unwrap().version(), table.version());
    // To keep more lets older records in again.
    lake.retain(10, noon(100), false).await.unwrap();
    assert_eq!(lake.events().await.unwrap().horizon().unwrap(), Some(90 * DAY));
}

#[tokio::test]
async fn files_that_a_writer_adds_meanwhile_are_dropped_too() {
    let (lake, store) = lake_of_days(&[Some(50)]).await;
    // The commit of another takes the place of the first attempt.
    let mut other = lake.events().await.unwrap();
    let (dropped, ()) = futures::join!(lake.retain(2, noon(100), false), async {
        append(&mut other, &rows(&[(Some(51 * DAY), "late")]), 0).await;
    });
    assert!(dropped.is_ok());
    lake.retain(2, noon(100), false).await.unwrap();
    assert!(kept(&lake).await.is_empty());
    drop(store);
}
