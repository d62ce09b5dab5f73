SELECT session_id, access_key_id, principal_id, role_arn, session_name, issued_at, expires_at, mechanism, cluster,
       cluster_arn, cluster_account, cluster_region, namespace, service_account, pod, pod_uid, workload_class, pod_class,
       parent_session_id, chain, issue_event_id, method, pod_method
FROM lake.sessions
