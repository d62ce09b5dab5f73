-- What each workload did, by role and mechanism. What is only claimed is nobody's, and a refused role is none of its.
SELECT cluster, cluster_arn, namespace, service_account, role_arn, mechanism, sum(calls) AS calls,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen, min(evidence_event_id) AS evidence_event_id
FROM lake.daily_calls
WHERE namespace IS NOT NULL AND service_account IS NOT NULL AND role_arn IS NOT NULL AND workload_class <> 'claimed'
  AND outcome <> 'denied'
GROUP BY cluster, cluster_arn, namespace, service_account, role_arn, mechanism
ORDER BY 1, 2, 3, 4, 5, 6
