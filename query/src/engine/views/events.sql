SELECT event_id, event_time, event_version, event_type, event_category, event_source, event_name, aws_region,
       recipient_account_id, read_only, error_code, error_message, source_ip_address, user_agent, vpc_endpoint_id,
       request_id, shared_event_id, identity_type, principal_id, identity_arn, identity_account_id, access_key_id,
       user_name, invoked_by, issuer_arn, issuer_id, session_name, session_created, federated_provider,
       ec2_role_delivery, source_identity, request_parameters, response_elements, resources, additional_event_data,
       extra, source_file
FROM lake.events
