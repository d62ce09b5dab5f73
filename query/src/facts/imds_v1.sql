-- Instances whose credentials IMDSv1 handed out.
SELECT k.role_arn, k.instance_id, min(c.first_seen) AS first_seen, max(c.last_seen) AS last_seen,
       first_value(c.sample_event_id ORDER BY c.first_seen, c.sample_event_id) AS sample_event_id
FROM lake.caller_sources c
JOIN (SELECT caller_key, min(issuer_arn) AS role_arn, min(session_name) AS instance_id
      FROM lake.callers WHERE ec2_role_delivery = '1.0' GROUP BY caller_key) k ON k.caller_key = c.caller_key
WHERE k.role_arn IS NOT NULL AND k.instance_id IS NOT NULL
GROUP BY k.role_arn, k.instance_id
ORDER BY 1, 2
