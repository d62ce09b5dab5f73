-- Calls of workloads that passed authorisation and map to no action: a replay cannot judge them.
SELECT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.role_arn, c.event_source, c.event_name, c.reason,
       c.day, sum(c.calls) AS calls, min(c.first_seen) AS first_seen,
       first_value(c.sample_event_id ORDER BY c.first_seen, c.sample_event_id) AS sample_event_id
FROM lake.caller_unmapped c
JOIN lake.attributions a ON a.caller_key = c.caller_key
WHERE {days} AND a.counted AND a.role_arn IS NOT NULL AND a.namespace IS NOT NULL AND a.workload_class <> 'claimed'
GROUP BY a.cluster, a.cluster_arn, a.namespace, a.service_account, a.role_arn, c.event_source, c.event_name, c.reason,
         c.day
