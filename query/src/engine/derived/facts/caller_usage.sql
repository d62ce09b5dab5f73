-- What IAM checked for each caller, by day.
SELECT caller_key, day, checked['action'] AS action, checked['resource'] AS resource,
       checked['conditions'] AS conditions, outcome, count(*) AS calls, min(event_time) AS first_seen,
       max(event_time) AS last_seen, first_value(event_id ORDER BY event_time, event_id) AS sample_event_id
FROM (SELECT caller['key'] AS caller_key, day, unnest(iam['checks']) AS checked, outcome, event_time, event_id
      FROM lake.pass)
GROUP BY caller_key, day, checked['action'], checked['resource'], checked['conditions'], outcome
