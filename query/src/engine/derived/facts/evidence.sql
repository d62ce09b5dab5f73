-- Events that lineage reads one by one: issues of credentials, the better known record of events that another
-- account's trail may tell of as well, changes of the configuration, and tokens that pods were given.
SELECT event_id, event_time, utc_day(event_time) AS day, event_source, event_name,
       recipient_account_id AS trail_account_id, aws_region, error_code, shared_event_id AS call_shared_event_id,
       issue, configuration, token,
       CASE WHEN issue OR configuration OR token THEN request_parameters END AS request_parameters,
       CASE WHEN issue OR configuration THEN response_elements END AS response_elements,
       CASE WHEN token THEN additional_event_data END AS additional_event_data,
       CASE WHEN token THEN extra END AS extra,
       identity_type, principal_id, identity_arn, identity_account_id, access_key_id, user_name, invoked_by, issuer_arn,
       issuer_id, session_name, session_created, federated_provider, ec2_role_delivery,
       caller['shared_event_id'] AS shared_event_id, caller['issued_access_key_id'] AS issued_access_key_id,
       caller['requested_role_arn'] AS requested_role_arn, caller['recipient_account_id'] AS recipient_account_id,
       caller['node_agent'] AS node_agent, NULL AS links
FROM (SELECT *, {caller} AS caller,
             coalesce(event_source = 'sts.amazonaws.com' AND event_name LIKE 'AssumeRo%', false) AS issue,
             coalesce({configuration}, false) AS configuration, coalesce({token}, false) AS token
      FROM lake.events
      WHERE (event_source = 'sts.amazonaws.com' AND event_name LIKE 'AssumeRo%')
         OR (shared_event_id IS NOT NULL AND (identity_type IS DISTINCT FROM 'AWSAccount'))
         OR ({configuration}) OR ({token}))
