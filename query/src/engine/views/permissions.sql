SELECT cluster, namespace, service_account, role_arn, action, status, calls, last_seen, granted_by
FROM lake.permissions
