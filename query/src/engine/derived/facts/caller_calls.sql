-- Calls of each caller by day and what became of them.
SELECT caller['key'] AS caller_key, day, outcome, count(*) AS calls, min(event_time) AS first_seen,
       max(event_time) AS last_seen
FROM lake.pass
GROUP BY caller['key'], day, outcome
