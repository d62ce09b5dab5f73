-- Calls of each caller that passed authorisation and map to no action, by day.
SELECT caller['key'] AS caller_key, day, event_source, event_name, iam['unmapped'] AS reason, count(*) AS calls,
       min(event_time) AS first_seen, first_value(event_id ORDER BY event_time, event_id) AS sample_event_id
FROM lake.pass
WHERE outcome <> 'denied' AND iam['unknown']
GROUP BY caller['key'], day, event_source, event_name, iam['unmapped']
