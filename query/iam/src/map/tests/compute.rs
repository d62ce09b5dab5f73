//! EC2, Lambda, EKS, ECS, API Gateway and other services that are handed roles.

use super::*;

#[test]
fn instances() {
    let launch = json!({
        "instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": 1, "keyName": "k"}]},
        "subnetId": "subnet-1",
        "groupSet": {"items": [{"groupId": "sg-1"}]},
        "iamInstanceProfile": {"name": "web"},
        "tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [{"key": "a", "value": "b"}]}]},
    });
    let record = call("ec2", "RunInstances", launch);
    let own = "arn:aws:ec2:eu-west-1:111122223333:";
    assert_eq!(
        pairs(&record),
        [
            format!("ec2:RunInstances {own}instance/*"),
            format!("ec2:RunInstances {own}key-pair/k"),
            format!("ec2:RunInstances {own}network-interface/*"),
            format!("ec2:RunInstances {own}security-group/sg-1"),
            format!("ec2:RunInstances {own}subnet/subnet-1"),
            format!("ec2:RunInstances {own}volume/*"),
            "ec2:RunInstances arn:aws:ec2:eu-west-1::image/ami-1".to_owned(),
            format!("ec2:CreateTags {own}instance/*"),
            "iam:PassRole arn:aws:iam::111122223333:role/*".to_owned(),
        ]
    );
    assert_eq!(
        condition(&record, "ec2:CreateTags", "ec2:CreateAction"),
        ["RunInstances"]
    );
    assert_eq!(
        condition(&record, "iam:PassRole", "iam:PassedToService"),
        ["ec2.amazonaws.com"]
    );
    assert!(mapped(&record).to_string().contains("not its role"));
}

#[test]
fn ec2() {
    let ids = json!({"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}});
    let tags = json!({"resourcesSet": {"items": [{"resourceId": "ami-1"}, {"resourceId": "vol-2"}, {"resourceId": "tgw-rtb-3"}]}});
    let wrapped = json!({"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}}});
    check(&[
        (
            "a set of ids",
            call("ec2", "StopInstances", ids),
            &[
                "ec2:StopInstances arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                "ec2:StopInstances arn:aws:ec2:eu-west-1:111122223333:instance/i-2",
            ],
        ),
        (
            "tags by kind of id",
            call("ec2", "CreateTags", tags),
            &[
                "ec2:CreateTags arn:aws:ec2:eu-west-1:111122223333:transit-gateway-route-table/tgw-rtb-3",
                "ec2:CreateTags arn:aws:ec2:eu-west-1:111122223333:volume/vol-2",
                "ec2:CreateTags arn:aws:ec2:eu-west-1::image/ami-1",
            ],
        ),
        (
            "two kinds",
            call("ec2", "AttachVolume", json!({"volumeId": "vol-1", "instanceId": "i-1"})),
            &[
                "ec2:AttachVolume arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                "ec2:AttachVolume arn:aws:ec2:eu-west-1:111122223333:volume/vol-1",
            ],
        ),
        (
            "a wrapped request",
            call("ec2", "DeleteFlowLogs", wrapped),
            &["ec2:DeleteFlowLogs arn:aws:ec2:eu-west-1:111122223333:vpc-flow-log/fl-1"],
        ),
        (
            "what is made has no id yet",
            call("ec2", "CreateVpc", json!({"cidrBlock": "10.0.0.0/16"})),
            &["ec2:CreateVpc arn:aws:ec2:eu-west-1:111122223333:vpc/*"],
        ),
        (
            "an image's name is not its id",
            call("ec2", "RegisterImage", json!({"name": "n"})),
            &["ec2:RegisterImage arn:aws:ec2:eu-west-1::image/*"],
        ),
        (
            "no resources at all",
            call("ec2", "DescribeInstances", json!({})),
            &["ec2:DescribeInstances *"],
        ),
    ]);
}

#[test]
fn functions() {
    const F: &str = "arn:aws:lambda:eu-west-1:111122223333:function:f";
    let invoke = |parameters: Value| call("lambda", "Invoke", parameters);
    let by_event = with(
        call("lambda", "Invoke", json!(null)),
        "additionalEventData",
        json!({"functionVersion": format!("{F}:$LATEST")}),
    );
    let create = json!({"functionName": "f", "role": "arn:aws:iam::111122223333:role/x"});
    check(&[
        (
            "a name",
            invoke(json!({"functionName": "f"})),
            &["lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f"],
        ),
        (
            "a name and alias",
            invoke(json!({"functionName": "f:live"})),
            &["lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f:live"],
        ),
        (
            "a qualifier",
            invoke(json!({"functionName": F, "qualifier": "7"})),
            &["lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f:7"],
        ),
        (
            "part of an ARN",
            invoke(json!({"functionName": "444455556666:function:f"})),
            &["lambda:InvokeFunction arn:aws:lambda:eu-west-1:444455556666:function:f"],
        ),
        (
            "only what ran",
            by_event,
            &["lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f"],
        ),
        (
            "a dated name",
            call("lambda", "GetFunction20150331v2", json!({"functionName": "f"})),
            &["lambda:GetFunction arn:aws:lambda:eu-west-1:111122223333:function:f"],
        ),
        (
            "created with a role",
            call("lambda", "CreateFunction20150331", create),
            &[
                "lambda:CreateFunction arn:aws:lambda:eu-west-1:111122223333:function:f",
                "iam:PassRole arn:aws:iam::111122223333:role/x",
            ],
        ),
    ]);
}

#[test]
fn roles_handed_over() {
    let role = "arn:aws:iam::111122223333:role/r";
    let situations = [
        (
            "ecs",
            "RegisterTaskDefinition",
            json!({"family": "f", "taskRoleArn": role}),
            "ecs-tasks.amazonaws.com",
        ),
        (
            "eks",
            "CreatePodIdentityAssociation",
            json!({"clusterName": "c", "roleArn": role}),
            "pods.eks.amazonaws.com",
        ),
        (
            "eks",
            "CreateNodegroup",
            json!({"name": "c", "nodeRole": role}),
            "eks.amazonaws.com",
        ),
        (
            "glue",
            "CreateJob",
            json!({"name": "j", "role": "r"}),
            "glue.amazonaws.com",
        ),
        (
            "states",
            "CreateStateMachine",
            json!({"name": "s", "roleArn": role}),
            "states.amazonaws.com",
        ),
        (
            "scheduler",
            "CreateSchedule",
            json!({"name": "s", "target": {"roleArn": role}}),
            "scheduler.amazonaws.com",
        ),
        (
            "sagemaker",
            "CreateTrainingJob",
            json!({"trainingJobName": "t", "roleArn": role}),
            "sagemaker.amazonaws.com",
        ),
    ];
    let more = [
        (
            "rds",
            "CreateDBInstance",
            json!({"monitoringRoleArn": role}),
            "monitoring.rds.amazonaws.com",
        ),
        (
            "rds",
            "StartExportTask",
            json!({"iamRoleArn": role}),
            "export.rds.amazonaws.com",
        ),
        (
            "iot",
            "CreateTopicRule",
            json!({"topicRulePayload": {"actions": [{"sqs": {"roleArn": role}}]}}),
            "iot.amazonaws.com",
        ),
        (
            "cloudformation",
            "CreateChangeSet",
            json!({"roleARN": role}),
            "cloudformation.amazonaws.com",
        ),
        (
            "glue",
            "StartDataQualityRulesetEvaluationRun",
            json!({"role": role}),
            "glue.amazonaws.com",
        ),
        (
            "batch",
            "CreateComputeEnvironment",
            json!({"serviceRole": role}),
            "batch.amazonaws.com",
        ),
        (
            "codebuild",
            "CreateProject",
            json!({"serviceRole": role}),
            "codebuild.amazonaws.com",
        ),
        (
            "events",
            "PutTargets",
            json!({"targets": [{"roleArn": role}]}),
            "events.amazonaws.com",
        ),
        (
            "states",
            "CreateStateMachine",
            json!({"roleArn": role}),
            "states.amazonaws.com",
        ),
        (
            "sagemaker",
            "CreateHyperParameterTuningJob",
            json!({"trainingJobDefinition": {"roleArn": role}}),
            "sagemaker.amazonaws.com",
        ),
        (
            "s3",
            "PutBucketReplication",
            json!({"bucketName": "b", "ReplicationConfiguration": {"Role": role}}),
            "s3.amazonaws.com",
        ),
        ("pipes", "CreatePipe", json!({"roleArn": role}), "pipes.amazonaws.com"),
        (
            "ecs",
            "UpdateService",
            json!({"volumeConfigurations": [{"managedEBSVolume": {"roleArn": role}}]}),
            "ecs.amazonaws.com",
        ),
    ];
    for (service, name, parameters, passed_to) in situations.into_iter().chain(more) {
        let record = call(service, name, parameters);
        assert!(
            pairs(&record).contains(&format!("iam:PassRole {role}")),
            "{name}: {}",
            mapped(&record)
        );
        assert_eq!(
            condition(&record, "iam:PassRole", "iam:PassedToService"),
            [passed_to],
            "{name}"
        );
    }
    let unchanged = call(
        "lambda",
        "UpdateFunctionConfiguration20150331v2",
        json!({"functionName": "f"}),
    );
    assert_eq!(pairs(&unchanged).len(), 1, "no role, nothing passed");
}

#[test]
fn clusters() {
    check(&[
        (
            "by its path name",
            call("eks", "DescribeCluster", json!({"name": "c"})),
            &["eks:DescribeCluster arn:aws:eks:eu-west-1:111122223333:cluster/c"],
        ),
        (
            "an id the service made",
            call("eks", "DeleteNodegroup", json!({"name": "c", "nodegroupName": "n"})),
            &["eks:DeleteNodegroup arn:aws:eks:eu-west-1:111122223333:nodegroup/c/n/*"],
        ),
        (
            "a node's own call",
            call("eks-auth", "AssumeRoleForPodIdentity", json!({"clusterName": "c"})),
            &["eks-auth:AssumeRoleForPodIdentity arn:aws:eks:eu-west-1:111122223333:cluster/c"],
        ),
        (
            "another host's name",
            call("monitoring", "PutMetricAlarm", json!({"alarmName": "a"})),
            &["cloudwatch:PutMetricAlarm arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a"],
        ),
    ]);
}

#[test]
fn what_clusters_run_on() {
    let own = "arn:aws:eks:eu-west-1:111122223333:";
    let group = json!({"name": "c", "nodegroupName": "n", "tags": {"a": "b"}});
    assert_eq!(
        pairs(&call("eks", "CreateNodegroup", group)),
        [
            format!("eks:CreateNodegroup {own}cluster/c"),
            format!("eks:TagResource {own}nodegroup/*/*/*")
        ]
    );
    let template = json!({"CreateLaunchTemplateRequest": {
        "LaunchTemplateName": "t", "TagSpecification": {"ResourceType": "launch-template", "tag": 1},
    }});
    assert_eq!(
        pairs(&call("ec2", "CreateLaunchTemplate", template)),
        ["CreateLaunchTemplate", "CreateTags"]
            .map(|a| format!("ec2:{a} arn:aws:ec2:eu-west-1:111122223333:launch-template/*"))
    );
}

#[test]
fn names_with_an_id_the_service_makes() {
    let rule = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/l/1/2/3";
    let device = "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/app/1";
    let situations = [
        (
            "elasticloadbalancing",
            "CreateLoadBalancer",
            json!({"name": "n", "type": "network"}),
            "loadbalancer/net/n/*",
        ),
        (
            "elasticloadbalancing",
            "CreateLoadBalancer",
            json!({"loadBalancerName": "n"}),
            "loadbalancer/n",
        ),
        (
            "elasticloadbalancing",
            "DeleteLoadBalancer",
            json!({"loadBalancerName": "n"}),
            "loadbalancer/n",
        ),
        (
            "elasticloadbalancing",
            "CreateTargetGroup",
            json!({"name": "n"}),
            "targetgroup/n/*",
        ),
        (
            "elasticloadbalancing",
            "ModifyRule",
            json!({"ruleArn": rule}),
            "listener-rule/app/l/1/2/3",
        ),
        (
            "ecs",
            "RunTask",
            json!({"taskDefinition": "f:3"}),
            "task-definition/f:3",
        ),
        ("ecs", "RunTask", json!({"taskDefinition": "f"}), "task-definition/f:*"),
        ("cloudformation", "DeleteStack", json!({"stackName": "s"}), "stack/s/*"),
        ("logs", "StartQuery", json!({"logGroupNames": ["g"]}), "log-group:g:*"),
        ("sns", "Publish", json!({"targetArn": device}), "endpoint/GCM/app/1"),
    ];
    for (service, name, parameters, tail) in situations {
        let expected = format!("{service}:{name} arn:aws:{service}:eu-west-1:111122223333:{tail}");
        let record = call(service, name, parameters);
        assert_eq!(pairs(&record), [expected], "{}", mapped(&record));
    }
    let zone = call(
        "route53",
        "ChangeResourceRecordSets",
        json!({"hostedZoneId": "/hostedzone/Z1"}),
    );
    assert_eq!(
        pairs(&zone),
        ["route53:ChangeResourceRecordSets arn:aws:route53:::hostedzone/Z1"]
    );
}

#[test]
fn api_gateway() {
    let tag = json!({"resourceArn": "arn:aws:apigateway:eu-west-1::/restapis/r/stages/s"});
    check(&[
        (
            "first version",
            call("apigateway", "CreateStage", json!({"restApiId": "r"})),
            &["apigateway:POST arn:aws:apigateway:eu-west-1::/restapis/r/stages"],
        ),
        (
            "second version",
            call("apigateway", "CreateStage", json!({"apiId": "a"})),
            &["apigateway:POST arn:aws:apigateway:eu-west-1::/apis/a/stages"],
        ),
        (
            "a method",
            call(
                "apigateway",
                "PutMethod",
                json!({"restApiId": "r", "resourceId": "x", "httpMethod": "GET"}),
            ),
            &["apigateway:PUT arn:aws:apigateway:eu-west-1::/restapis/r/resources/x/methods/GET"],
        ),
        (
            "tags of the first",
            call("apigateway", "TagResource", tag),
            &[
                "apigateway:PUT arn:aws:apigateway:eu-west-1::/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fr%2Fstages%2Fs",
            ],
        ),
    ]);
}

#[test]
fn a_role_whose_taker_is_not_documented_proves_no_service() {
    let role = "arn:aws:iam::111122223333:role/x";
    let record = call("iot", "CreateRoleAlias", json!({"roleAlias": "a", "roleArn": role}));
    assert!(pairs(&record).contains(&format!("iam:PassRole {role}")));
    assert_eq!(condition(&record, "iam:PassRole", "iam:PassedToService"), [""; 0]);
}

#[test]
fn an_instance_profile_hides_its_role() {
    let any = "iam:PassRole arn:aws:iam::111122223333:role/*".to_owned();
    for (service, name, parameters) in [
        ("ec2", "RunInstances", json!({"iamInstanceProfile": {"name": "p"}})),
        (
            "ec2",
            "RequestSpotFleet",
            json!({"spotFleetRequestConfig": {"launchSpecifications": [{"iamInstanceProfile": {"arn": "a"}}]}}),
        ),
        (
            "batch",
            "CreateComputeEnvironment",
            json!({"computeResources": {"instanceRole": "p"}}),
        ),
        ("elasticmapreduce", "RunJobFlow", json!({"jobFlowRole": "p"})),
    ] {
        assert!(pairs(&call(service, name, parameters)).contains(&any), "{name}");
    }
}
