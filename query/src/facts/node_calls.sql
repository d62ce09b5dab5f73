-- What pods did with the roles of their nodes. The Pod Identity agent's service is told apart.
SELECT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.role_arn, c.event_source,
       sum(c.calls) AS calls, min(c.first_seen) AS first_seen, max(c.last_seen) AS last_seen,
       first_value(c.sample_event_id ORDER BY c.first_seen, c.sample_event_id) AS sample_event_id
FROM lake.caller_sources c
JOIN lake.attributions a ON a.caller_key = c.caller_key
WHERE a.method IN ($1, $2) AND a.counted AND a.role_arn IS NOT NULL AND c.event_source <> 'eks-auth.amazonaws.com'
GROUP BY a.cluster, a.cluster_arn, a.namespace, a.service_account, a.role_arn, c.event_source
ORDER BY 1, 2, 3, 4, 5, 6
