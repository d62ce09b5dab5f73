-- Who gave pods' tokens to EKS, with what.
SELECT a.role_arn, k.session_name, c.user_agent, c.source_ip_address AS address, sum(c.calls) AS calls,
       min(c.first_seen) AS first_seen, max(c.last_seen) AS last_seen,
       first_value(c.sample_event_id ORDER BY c.first_seen, c.sample_event_id) AS sample_event_id
FROM lake.caller_sources c
JOIN lake.attributions a ON a.caller_key = c.caller_key
JOIN (SELECT caller_key, min(session_name) AS session_name FROM lake.callers GROUP BY caller_key) k
  ON k.caller_key = c.caller_key
WHERE a.counted AND c.event_source = 'eks-auth.amazonaws.com' AND c.user_agent IS NOT NULL
GROUP BY a.role_arn, k.session_name, c.user_agent, c.source_ip_address
ORDER BY 1, 2, 3, 4
