-- What the trail holds: events of each account, region and day, in how many hours of it, and data events by source.
SELECT recipient_account_id AS account, aws_region AS region, date_trunc('day', event_time) AS day, event_source,
       event_category = 'Data' AS data, count(*) AS events, bit_or(1 << date_part('hour', event_time)::BIGINT) AS hours
FROM lake.events
GROUP BY recipient_account_id, aws_region, date_trunc('day', event_time), event_source, event_category = 'Data'
