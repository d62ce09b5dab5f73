-- From where tokens were exchanged, and from which addresses credentials were used without a VPC endpoint; of users'
-- keys through one too, since pods that have such a key are told by it.
SELECT cluster, cluster_arn, namespace, service_account, mechanism, role_arn, who, exchange, refused, address,
       vpc_endpoint_id, sum(calls) AS calls, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
FROM (SELECT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.mechanism, a.role_arn,
             CASE a.mechanism WHEN 'node_role' THEN k.session_name WHEN 'static_key' THEN a.session_id END AS who,
             a.session_id IS NULL AS exchange, a.session_id IS NULL AND a.method = $1 AS refused,
             c.source_ip_address AS address, c.vpc_endpoint_id, c.calls, c.first_seen, c.last_seen, c.sample_event_id
      FROM lake.caller_sources c
      JOIN lake.attributions a ON a.caller_key = c.caller_key
      JOIN (SELECT caller_key, min(identity_type) AS identity_type, min(session_name) AS session_name
            FROM lake.callers GROUP BY caller_key) k ON k.caller_key = c.caller_key
      WHERE a.counted AND a.workload_class <> 'claimed' AND c.source_ip_address IS NOT NULL
        AND a.mechanism IN ('irsa', 'pod_identity', 'node_role', 'static_key')
        AND ((a.session_id IS NULL AND k.identity_type = 'WebIdentityUser')
             OR (a.session_id IS NOT NULL AND (c.vpc_endpoint_id IS NULL OR a.mechanism = 'static_key'))))
GROUP BY cluster, cluster_arn, namespace, service_account, mechanism, role_arn, who, exchange, refused, address,
         vpc_endpoint_id
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
