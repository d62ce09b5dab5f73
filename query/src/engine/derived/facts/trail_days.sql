-- What the trail holds: events of each account, region and day, in which hours of it, and data events by source.
SELECT recipient_account_id AS account, aws_region AS region, day, event_source, event_category = 'Data' AS data,
       count(*) AS events, bit_or(1 << date_part('hour', event_time)::BIGINT) AS hours
FROM lake.pass
GROUP BY recipient_account_id, aws_region, day, event_source, event_category = 'Data'
