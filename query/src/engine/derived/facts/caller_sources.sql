-- From where, with what and of which service each caller called.
SELECT caller['key'] AS caller_key, source_ip_address, vpc_endpoint_id, user_agent, event_source, min(day) AS day,
       count(*) AS calls, min(event_time) AS first_seen, max(event_time) AS last_seen,
       first_value(event_id ORDER BY event_time, event_id) AS sample_event_id
FROM lake.pass
GROUP BY caller['key'], source_ip_address, vpc_endpoint_id, user_agent, event_source
