-- The better known record of each event that another account's trail tells of as well.
SELECT event_id, shared_event_id AS call_shared_event_id,
       identity_type, principal_id, identity_arn, identity_account_id, access_key_id, user_name, invoked_by, issuer_arn,
       issuer_id, session_name, session_created, federated_provider, ec2_role_delivery,
       caller['shared_event_id'] AS shared_event_id, caller['issued_access_key_id'] AS issued_access_key_id,
       caller['requested_role_arn'] AS requested_role_arn, caller['recipient_account_id'] AS recipient_account_id,
       caller['node_agent'] AS node_agent
FROM (SELECT *, {caller} AS caller FROM lake.events
      WHERE shared_event_id IS NOT NULL AND (identity_type IS DISTINCT FROM 'AWSAccount')
        AND shared_event_id IN (SELECT shared_event_id FROM lake.events WHERE identity_type = 'AWSAccount'))
