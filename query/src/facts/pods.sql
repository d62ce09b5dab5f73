-- The last call of each pod.
SELECT cluster, cluster_arn, namespace, service_account, pod, pod_uid, pod_class, max(last_call) AS last_call,
       first_value(session_id ORDER BY last_call DESC, session_id) AS session_id,
       first_value(issue_event_id ORDER BY last_call DESC, session_id) AS issue_event_id
FROM lake.sessions
WHERE pod IS NOT NULL AND namespace IS NOT NULL AND service_account IS NOT NULL AND last_call IS NOT NULL
GROUP BY cluster, cluster_arn, namespace, service_account, pod, pod_uid, pod_class
ORDER BY 1, 2, 3, 4, 5, 6, 7
