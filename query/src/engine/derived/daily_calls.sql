-- Counted calls by who made them, how that is known, what became of them, and the day.
SELECT day, cluster, cluster_arn, namespace, service_account, mechanism, role_arn, workload_class, method, outcome,
       count(*) AS calls, min(event_time) AS first_seen, max(event_time) AS last_seen,
       min(evidence_event_id) AS evidence_event_id
FROM (SELECT date_trunc('day', e.event_time) AS day, a.cluster, a.cluster_arn, a.namespace, a.service_account,
             a.mechanism, a.role_arn, a.workload_class, a.method, a.evidence_event_id,
             call_outcome(e.error_code) AS outcome, e.event_time
      FROM (SELECT event_time, error_code, {caller} AS caller FROM lake.events) e
      JOIN lake.attributions a ON a.caller_key = e.caller['key']
      WHERE a.counted)
GROUP BY day, cluster, cluster_arn, namespace, service_account, mechanism, role_arn, workload_class, method, outcome
