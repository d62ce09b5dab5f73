-- One row for each event of AWS (those of Kubernetes are evidence, not calls): what it was, what IAM checked, and who
-- called. The attribution is looked up by the caller's key, so that a late credential issue changes one row of
-- lake.attributions and no event.
SELECT e.event_id, e.event_time, e.recipient_account_id, e.aws_region, e.event_source, e.event_name,
       call_outcome(e.error_code) AS outcome, e.iam['actions'] AS actions, e.iam['resources'] AS resources,
       a.role_arn, a.session_id, coalesce(a.mechanism, 'other') AS mechanism, a.cluster, a.cluster_arn, a.namespace,
       a.service_account, a.pod, a.pod_uid, coalesce(a.workload_class, 'none') AS workload_class,
       coalesce(a.pod_class, 'none') AS pod_class, a.method, a.evidence_event_id, a.chain,
       coalesce(a.counted, true) AS counted, e.error_code, a.pod_method
FROM (SELECT *, {iam_call} AS iam, {caller} AS caller FROM lake.events) e
LEFT JOIN lake.attributions a ON a.caller_key = e.caller['key']
WHERE e.event_source IS DISTINCT FROM 'audit.k8s.io'
