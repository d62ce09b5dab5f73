-- Sessions of workloads that were each used from several addresses, one row for those of the same addresses. Services
-- that call in a session's place stand there by name.
SELECT cluster, cluster_arn, namespace, service_account, addresses, count(*) AS sessions,
       min(session_id) AS session_id, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
FROM (SELECT cluster, cluster_arn, namespace, service_account, session_id,
             string_agg(address, ' ' ORDER BY address) AS addresses, count(*) AS places, min(first_seen) AS first_seen,
             max(last_seen) AS last_seen,
             first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
      FROM (SELECT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.session_id,
                   c.source_ip_address AS address, min(c.first_seen) AS first_seen, max(c.last_seen) AS last_seen,
                   first_value(c.sample_event_id ORDER BY c.first_seen, c.sample_event_id) AS sample_event_id
            FROM lake.caller_sources c
            JOIN lake.attributions a ON a.caller_key = c.caller_key
            WHERE a.counted AND a.session_id IS NOT NULL AND a.mechanism IN ('irsa', 'pod_identity')
              AND a.namespace IS NOT NULL AND a.service_account IS NOT NULL AND a.workload_class <> 'claimed'
              AND c.vpc_endpoint_id IS NULL AND c.source_ip_address NOT LIKE '%.amazonaws.com'
              AND c.source_ip_address <> 'AWS Internal'
            GROUP BY a.cluster, a.cluster_arn, a.namespace, a.service_account, a.session_id, c.source_ip_address)
      GROUP BY cluster, cluster_arn, namespace, service_account, session_id)
WHERE places > 1
GROUP BY cluster, cluster_arn, namespace, service_account, addresses
ORDER BY 1, 2, 3, 4, 5
