-- Attributed use: one row for each workload (or role), action, resource, conditions, outcome and day. A workload
-- that is only claimed is left out: whoever chooses a session's tags must not be able to widen somebody's policy.
SELECT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.mechanism, a.role_arn, c.action, c.resource,
       c.conditions, c.outcome, c.day, sum(c.calls) AS calls, min(c.first_seen) AS first_seen,
       max(c.last_seen) AS last_seen,
       first_value(c.sample_event_id ORDER BY c.first_seen, c.sample_event_id) AS sample_event_id
FROM lake.caller_usage c
JOIN lake.attributions a ON a.caller_key = c.caller_key
WHERE {days} AND a.counted AND a.role_arn IS NOT NULL AND a.workload_class <> 'claimed'
GROUP BY a.cluster, a.cluster_arn, a.namespace, a.service_account, a.mechanism, a.role_arn, c.action, c.resource,
         c.conditions, c.outcome, c.day
