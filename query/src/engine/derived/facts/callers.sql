-- The distinct callers. All rows of one key agree on every column of the caller, so min() only picks it.
SELECT caller['key'] AS caller_key, min(identity_type) AS identity_type, min(principal_id) AS principal_id,
       min(identity_arn) AS identity_arn, min(identity_account_id) AS identity_account_id,
       min(access_key_id) AS access_key_id, min(user_name) AS user_name, min(invoked_by) AS invoked_by,
       min(issuer_arn) AS issuer_arn, min(issuer_id) AS issuer_id, min(session_name) AS session_name,
       min(session_created) AS session_created, min(federated_provider) AS federated_provider,
       min(ec2_role_delivery) AS ec2_role_delivery, min(caller['shared_event_id']) AS shared_event_id,
       min(caller['issued_access_key_id']) AS issued_access_key_id,
       min(caller['requested_role_arn']) AS requested_role_arn,
       min(caller['recipient_account_id']) AS recipient_account_id, min(caller['node_agent']) AS node_agent,
       NULL AS links, min(day) AS day,
       count(*) AS calls, count(*) FILTER (WHERE outcome = 'denied') AS denied, max(event_time) AS last_call
FROM lake.pass
GROUP BY caller['key']
