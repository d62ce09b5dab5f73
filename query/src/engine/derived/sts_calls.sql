SELECT event_id, event_time, event_name, recipient_account_id AS trail_account_id, error_code,
       shared_event_id AS call_shared_event_id, request_parameters, response_elements,
       identity_type, principal_id, identity_arn, identity_account_id, access_key_id, user_name, invoked_by, issuer_arn,
       issuer_id, session_name, session_created, federated_provider, ec2_role_delivery,
       caller['shared_event_id'] AS shared_event_id, caller['issued_access_key_id'] AS issued_access_key_id,
       caller['requested_role_arn'] AS requested_role_arn, caller['recipient_account_id'] AS recipient_account_id,
       caller['node_agent'] AS node_agent
FROM (SELECT *, {caller} AS caller FROM lake.events
      WHERE event_source = 'sts.amazonaws.com' AND event_name LIKE 'AssumeRo%')
