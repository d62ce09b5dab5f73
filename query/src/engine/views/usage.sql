SELECT cluster, namespace, service_account, role_arn, action, resource, outcome, sum(calls) AS calls,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
FROM lake.usage
GROUP BY cluster, cluster_arn, namespace, service_account, role_arn, action, resource, outcome
