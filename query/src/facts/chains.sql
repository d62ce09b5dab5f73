-- The chains of roles that workloads went along.
SELECT cluster, cluster_arn, namespace, service_account, chain, count(*) AS sessions, min(issued_at) AS first_seen,
       max(coalesce(last_call, issued_at)) AS last_seen, min(issue_event_id) AS issue_event_id
FROM lake.sessions
WHERE namespace IS NOT NULL AND service_account IS NOT NULL AND workload_class <> 'claimed' AND cardinality(chain) > 1
GROUP BY cluster, cluster_arn, namespace, service_account, chain
ORDER BY 1, 2, 3, 4, 5
