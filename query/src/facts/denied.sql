-- What workloads were refused, and what EKS was refused in their place.
SELECT cluster, cluster_arn, namespace, service_account, role_arn, action, resource, sum(calls) AS calls,
       min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
FROM lake.usage
WHERE outcome = 'denied' AND (service_account IS NOT NULL OR mechanism = 'pod_identity')
GROUP BY cluster, cluster_arn, namespace, service_account, role_arn, action, resource
ORDER BY 1, 2, 3, 4, 5, 6, 7
