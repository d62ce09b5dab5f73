-- Marks of permissions by workload and role.
SELECT cluster, cluster_arn, namespace, service_account, role_arn, count(*) FILTER (WHERE status = 'used') AS used,
       count(*) FILTER (WHERE status = 'unused') AS unused
FROM lake.permissions
GROUP BY cluster, cluster_arn, namespace, service_account, role_arn
ORDER BY 1, 2, 3, 4, 5
