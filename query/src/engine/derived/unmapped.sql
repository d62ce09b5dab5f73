-- Calls of workloads that passed authorisation and map to no action: a replay cannot judge them.
SELECT cluster, cluster_arn, namespace, service_account, role_arn, event_source, event_name, reason,
       count(*) AS calls, first_value(event_id ORDER BY event_time, event_id) AS sample_event_id
FROM (SELECT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.role_arn, e.event_source, e.event_name,
             e.iam['unmapped'] AS reason, e.event_time, e.event_id
      FROM (SELECT *, {iam_call} AS iam, {caller} AS caller FROM lake.events) e
      JOIN lake.attributions a ON a.caller_key = e.caller['key']
      WHERE a.counted AND a.role_arn IS NOT NULL AND a.namespace IS NOT NULL AND a.workload_class <> 'claimed'
        AND call_outcome(e.error_code) <> 'denied' AND e.iam['unknown'])
GROUP BY cluster, cluster_arn, namespace, service_account, role_arn, event_source, event_name, reason
