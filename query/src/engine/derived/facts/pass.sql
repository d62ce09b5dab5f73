-- Each event of a batch once, with what is costly to know of it: who called, and what IAM checked. Events of
-- Kubernetes are no calls of AWS.
SELECT event_id, event_time, utc_day(event_time) AS day, event_source, event_name, aws_region, recipient_account_id,
       event_category, source_ip_address, vpc_endpoint_id, user_agent, call_outcome(error_code) AS outcome,
       identity_type, principal_id, identity_arn, identity_account_id, access_key_id, user_name, invoked_by, issuer_arn,
       issuer_id, session_name, session_created, federated_provider, ec2_role_delivery, {caller} AS caller,
       {iam_call} AS iam
FROM lake.events
WHERE event_source IS DISTINCT FROM 'audit.k8s.io'
