-- Counted calls by who made them, how that is known, what became of them, and the day.
SELECT c.day, a.cluster, a.cluster_arn, a.namespace, a.service_account, a.mechanism, a.role_arn, a.workload_class,
       a.method, c.outcome, sum(c.calls) AS calls, min(c.first_seen) AS first_seen, max(c.last_seen) AS last_seen,
       min(a.evidence_event_id) AS evidence_event_id
FROM lake.caller_calls c
JOIN lake.attributions a ON a.caller_key = c.caller_key
WHERE {days} AND a.counted
GROUP BY c.day, a.cluster, a.cluster_arn, a.namespace, a.service_account, a.mechanism, a.role_arn, a.workload_class,
         a.method, c.outcome
