-- Attributed use: one row for each workload (or role), action, resource, conditions, outcome and day. A workload
-- that is only claimed is left out: whoever chooses a session's tags must not be able to widen somebody's policy.
SELECT cluster, cluster_arn, namespace, service_account, mechanism, role_arn, checked['action'] AS action,
       checked['resource'] AS resource, checked['conditions'] AS conditions, outcome, day, count(*) AS calls,
       min(event_time) AS first_seen, max(event_time) AS last_seen,
       first_value(event_id ORDER BY event_time, event_id) AS sample_event_id
FROM (SELECT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.mechanism, a.role_arn,
             unnest(e.iam['checks']) AS checked, call_outcome(e.error_code) AS outcome,
             date_trunc('day', e.event_time) AS day, e.event_time, e.event_id
      FROM (SELECT *, {iam_call} AS iam, {caller} AS caller FROM lake.events) e
      JOIN lake.attributions a ON a.caller_key = e.caller['key']
      WHERE a.counted AND a.role_arn IS NOT NULL AND a.workload_class <> 'claimed')
GROUP BY cluster, cluster_arn, namespace, service_account, mechanism, role_arn, checked['action'], checked['resource'],
         checked['conditions'], outcome, day
