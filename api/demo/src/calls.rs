//! API calls as CloudTrail writes them: one table of templates, and what each shape of template says of its target.

use serde_json::{Map, Value, json};

use crate::estate::{Account, bucket_owner};
use crate::rng::{HEX, Rng};

/// A kind of call. The name is what the workload tables use.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) op: &'static str,
    pub(crate) source: &'static str,
    pub(crate) event: &'static str,
    /// The IAM action that was checked; empty for a call that needs none.
    pub(crate) action: &'static str,
    pub(crate) read_only: bool,
    pub(crate) shape: Shape,
}

/// What a call works on, and so which parameters, resources and ARN it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `bucket/prefix/`: an object below the prefix.
    Object,
    /// `bucket/prefix/`: a listing of the prefix.
    Listing,
    /// `bucket`: the bucket itself.
    Bucket,
    Table,
    Queue,
    Topic,
    Key,
    /// A KMS key that a service uses on the caller's behalf: `key@service`.
    ForwardedKey,
    Secret,
    Parameter,
    Function,
    Repository,
    LogStream,
    Stream,
    Database,
    TargetGroup,
    /// No resource: IAM checks `*`.
    Star,
}

const fn template(
    op: &'static str,
    source: &'static str,
    event: &'static str,
    action: &'static str,
    read_only: bool,
    shape: Shape,
) -> Template {
    Template {
        op,
        source,
        event,
        action,
        read_only,
        shape,
    }
}

/// Every template.
#[rustfmt::skip]
pub(crate) static TEMPLATES: &[Template] = &[
    template("s3:GetObject", "s3", "GetObject", "s3:GetObject", true, Shape::Object),
    template("s3:HeadObject", "s3", "HeadObject", "s3:GetObject", true, Shape::Object),
    template("s3:PutObject", "s3", "PutObject", "s3:PutObject", false, Shape::Object),
    template("s3:UploadPart", "s3", "UploadPart", "s3:PutObject", false, Shape::Object),
    template("s3:DeleteObject", "s3", "DeleteObject", "s3:DeleteObject", false, Shape::Object),
    template("s3:ListObjects", "s3", "ListObjects", "s3:ListBucket", true, Shape::Listing),
    template("s3:HeadBucket", "s3", "HeadBucket", "s3:ListBucket", true, Shape::Bucket),
    template("s3:GetBucketLocation", "s3", "GetBucketLocation", "s3:GetBucketLocation", true, Shape::Bucket),
    template("s3:ListBuckets", "s3", "ListBuckets", "s3:ListAllMyBuckets", true, Shape::Star),
    template("dynamodb:GetItem", "dynamodb", "GetItem", "dynamodb:GetItem", true, Shape::Table),
    template("dynamodb:Query", "dynamodb", "Query", "dynamodb:Query", true, Shape::Table),
    template("dynamodb:PutItem", "dynamodb", "PutItem", "dynamodb:PutItem", false, Shape::Table),
    template("dynamodb:UpdateItem", "dynamodb", "UpdateItem", "dynamodb:UpdateItem", false, Shape::Table),
    template("dynamodb:DeleteItem", "dynamodb", "DeleteItem", "dynamodb:DeleteItem", false, Shape::Table),
    template("dynamodb:DescribeTable", "dynamodb", "DescribeTable", "dynamodb:DescribeTable", true, Shape::Table),
    template("sqs:SendMessage", "sqs", "SendMessage", "sqs:SendMessage", false, Shape::Queue),
    template("sqs:SendMessageBatch", "sqs", "SendMessageBatch", "sqs:SendMessage", false, Shape::Queue),
    template("sqs:ReceiveMessage", "sqs", "ReceiveMessage", "sqs:ReceiveMessage", true, Shape::Queue),
    template("sqs:DeleteMessage", "sqs", "DeleteMessage", "sqs:DeleteMessage", false, Shape::Queue),
    template("sqs:GetQueueAttributes", "sqs", "GetQueueAttributes", "sqs:GetQueueAttributes", true, Shape::Queue),
    template("sns:Publish", "sns", "Publish", "sns:Publish", false, Shape::Topic),
    template("kms:Encrypt", "kms", "Encrypt", "kms:Encrypt", true, Shape::Key),
    template("kms:Decrypt", "kms", "Decrypt", "kms:Decrypt", true, Shape::Key),
    template("kms:Decrypt@", "kms", "Decrypt", "kms:Decrypt", true, Shape::ForwardedKey),
    template("kms:GenerateDataKey@", "kms", "GenerateDataKey", "kms:GenerateDataKey", true, Shape::ForwardedKey),
    template("secretsmanager:GetSecretValue", "secretsmanager", "GetSecretValue", "secretsmanager:GetSecretValue", true, Shape::Secret),
    template("secretsmanager:DescribeSecret", "secretsmanager", "DescribeSecret", "secretsmanager:DescribeSecret", true, Shape::Secret),
    template("secretsmanager:ListSecrets", "secretsmanager", "ListSecrets", "secretsmanager:ListSecrets", true, Shape::Star),
    template("ssm:GetParameter", "ssm", "GetParameter", "ssm:GetParameter", true, Shape::Parameter),
    template("ssm:PutParameter", "ssm", "PutParameter", "ssm:PutParameter", false, Shape::Parameter),
    template("ssm:DescribeParameters", "ssm", "DescribeParameters", "ssm:DescribeParameters", true, Shape::Star),
    template("lambda:Invoke", "lambda", "Invoke", "lambda:InvokeFunction", false, Shape::Function),
    template("lambda:UpdateFunctionCode", "lambda", "UpdateFunctionCode20150331v2", "lambda:UpdateFunctionCode", false, Shape::Function),
    template("ecr:GetAuthorizationToken", "ecr", "GetAuthorizationToken", "ecr:GetAuthorizationToken", true, Shape::Star),
    template("ecr:BatchGetImage", "ecr", "BatchGetImage", "ecr:BatchGetImage", true, Shape::Repository),
    template("ecr:PutImage", "ecr", "PutImage", "ecr:PutImage", false, Shape::Repository),
    template("logs:CreateLogStream", "logs", "CreateLogStream", "logs:CreateLogStream", false, Shape::LogStream),
    template("logs:DescribeLogStreams", "logs", "DescribeLogStreams", "logs:DescribeLogStreams", true, Shape::LogStream),
    template("kinesis:GetRecords", "kinesis", "GetRecords", "kinesis:GetRecords", true, Shape::Stream),
    template("kinesis:GetShardIterator", "kinesis", "GetShardIterator", "kinesis:GetShardIterator", true, Shape::Stream),
    template("kinesis:PutRecords", "kinesis", "PutRecords", "kinesis:PutRecords", false, Shape::Stream),
    template("kinesis:DescribeStreamSummary", "kinesis", "DescribeStreamSummary", "kinesis:DescribeStreamSummary", true, Shape::Stream),
    template("rds:DescribeDBInstances", "rds", "DescribeDBInstances", "rds:DescribeDBInstances", true, Shape::Database),
    template("ec2:DescribeInstances", "ec2", "DescribeInstances", "ec2:DescribeInstances", true, Shape::Star),
    template("ec2:DescribeSubnets", "ec2", "DescribeSubnets", "ec2:DescribeSubnets", true, Shape::Star),
    template("ec2:DescribeSecurityGroups", "ec2", "DescribeSecurityGroups", "ec2:DescribeSecurityGroups", true, Shape::Star),
    template("ec2:DescribeNetworkInterfaces", "ec2", "DescribeNetworkInterfaces", "ec2:DescribeNetworkInterfaces", true, Shape::Star),
    template("ec2:DescribeLaunchTemplateVersions", "ec2", "DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplateVersions", true, Shape::Star),
    template("autoscaling:DescribeAutoScalingGroups", "autoscaling", "DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingGroups", true, Shape::Star),
    template("elb:DescribeLoadBalancers", "elasticloadbalancing", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers", true, Shape::Star),
    template("elb:DescribeTargetHealth", "elasticloadbalancing", "DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth", true, Shape::Star),
    template("elb:RegisterTargets", "elasticloadbalancing", "RegisterTargets", "elasticloadbalancing:RegisterTargets", false, Shape::TargetGroup),
    template("sts:GetCallerIdentity", "sts", "GetCallerIdentity", "", true, Shape::Star),
];

/// The template of that name.
pub(crate) fn template_of(op: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.op == op)
}

/// The services that are called, and STS: each has an endpoint in a cluster's VPC.
pub(crate) fn endpoint_services() -> impl Iterator<Item = &'static str> {
    let mut services: Vec<&str> = TEMPLATES.iter().map(|template| template.source).collect();
    services.sort_unstable();
    services.dedup();
    services.into_iter()
}

/// The parts of a record that depend on what the call works on.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) parameters: Value,
    pub(crate) response: Value,
    pub(crate) resources: Option<Value>,
    pub(crate) additional: Option<Value>,
    /// The ARN that IAM checked, or `*`.
    pub(crate) arn: String,
    /// The account that owns the resource.
    pub(crate) owner: &'static Account,
    pub(crate) data: bool,
    /// The service that asked for the caller.
    pub(crate) invoked_by: Option<String>,
}

impl Template {
    /// The host of the service's endpoint in a region, as `tlsDetails` gives it.
    pub(crate) fn host(&self, region: &str) -> String {
        format!("{}.{region}.amazonaws.com", self.source)
    }

    /// One call of this kind on `target`, by a role or user of `account`.
    pub(crate) fn call(&self, target: &str, account: &'static Account, rng: &mut Rng) -> Call {
        match self.shape {
            Shape::Object | Shape::Listing | Shape::Bucket => self.bucket_call(target, account, rng),
            Shape::Table | Shape::Queue | Shape::Topic | Shape::Function | Shape::Stream => {
                self.data_call(target, account, rng)
            }
            Shape::Key | Shape::ForwardedKey => self.key_call(target, account, rng),
            Shape::Secret | Shape::Parameter => named_call(self.shape, target, account),
            Shape::Repository | Shape::LogStream | Shape::Database | Shape::TargetGroup => {
                managed_call(self.shape, target, account, rng)
            }
            Shape::Star => Call {
                parameters: self.star_parameters(rng),
                ..Call::plain("*".to_owned(), account)
            },
        }
    }

    fn bucket_call(&self, target: &str, account: &'static Account, rng: &mut Rng) -> Call {
        let (bucket, prefix) = target.split_once('/').unwrap_or((target, ""));
        let owner = bucket_owner(bucket).unwrap_or(account);
        let bucket_arn = format!("arn:aws:s3:::{bucket}");
        let host = format!("{bucket}.s3.{}.amazonaws.com", owner.region);
        let bucket_entry = json!({"accountId": owner.id, "type": "AWS::S3::Bucket", "ARN": bucket_arn});
        let (parameters, resources, arn) = match self.shape {
            Shape::Object => {
                let key = object_key(prefix, rng);
                let arn = format!("{bucket_arn}/{key}");
                let mut parameters = json!({"bucketName": bucket, "Host": host, "key": key});
                if self.event == "UploadPart" {
                    merge(
                        &mut parameters,
                        json!({"partNumber": "1", "uploadId": rng.text(HEX, 32)}),
                    );
                }
                (
                    parameters,
                    json!([{"type": "AWS::S3::Object", "ARN": arn}, bucket_entry]),
                    arn,
                )
            }
            Shape::Listing => (
                json!({"list-type": "2", "bucketName": bucket, "Host": host, "prefix": prefix, "encoding-type": "url"}),
                json!([{"type": "AWS::S3::Object", "ARNPrefix": format!("{bucket_arn}/{prefix}")}, bucket_entry]),
                bucket_arn,
            ),
            _ => {
                let mut parameters = json!({"bucketName": bucket, "Host": host});
                if self.event == "GetBucketLocation" {
                    merge(&mut parameters, json!({"location": ""}));
                }
                (parameters, json!([bucket_entry]), bucket_arn)
            }
        };
        let transferred = rng.below(400_000);
        let (bytes_in, bytes_out) = if self.read_only {
            (0, transferred)
        } else {
            (transferred, 0)
        };
        Call {
            parameters,
            response: Value::Null,
            resources: Some(resources),
            additional: Some(json!({
                "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "AuthenticationMethod": "AuthHeader",
                "bytesTransferredIn": bytes_in, "bytesTransferredOut": bytes_out,
                "x-amz-id-2": rng.text(crate::rng::ALPHANUMERIC, 56),
            })),
            data: self.shape != Shape::Bucket,
            ..Call::plain(arn, owner)
        }
    }

    fn data_call(&self, target: &str, account: &'static Account, rng: &mut Rng) -> Call {
        let (region, id) = (account.region, account.id);
        let (kind, arn, parameters) = match self.shape {
            Shape::Table => {
                let arn = format!("arn:aws:dynamodb:{region}:{id}:table/{target}");
                ("AWS::DynamoDB::Table", arn, self.table_parameters(target, rng))
            }
            Shape::Queue => {
                let url = format!("https://sqs.{region}.amazonaws.com/{id}/{target}");
                (
                    "AWS::SQS::Queue",
                    format!("arn:aws:sqs:{region}:{id}:{target}"),
                    json!({"queueUrl": url}),
                )
            }
            Shape::Topic => {
                let arn = format!("arn:aws:sns:{region}:{id}:{target}");
                let parameters = json!({"topicArn": arn, "message": "HIDDEN_DUE_TO_SECURITY_REASONS"});
                ("AWS::SNS::Topic", arn, parameters)
            }
            Shape::Stream => {
                let arn = format!("arn:aws:kinesis:{region}:{id}:stream/{target}");
                let parameters = json!({"streamName": target, "streamARN": arn});
                ("AWS::Kinesis::Stream", arn, parameters)
            }
            _ => {
                let arn = format!("arn:aws:lambda:{region}:{id}:function:{target}");
                let parameters = if self.event == "Invoke" {
                    json!({"functionName": arn, "invocationType": "RequestResponse"})
                } else {
                    json!({"functionName": target, "publish": true, "dryRun": false})
                };
                ("AWS::Lambda::Function", arn, parameters)
            }
        };
        let management = self.event.starts_with("Describe") || self.event.starts_with("GetQueue");
        let data = !management && self.event != "UpdateFunctionCode20150331v2";
        let resources = data.then(|| json!([{"accountId": id, "type": kind, "ARN": arn}]));
        Call {
            parameters,
            resources,
            data,
            ..Call::plain(arn, account)
        }
    }

    fn table_parameters(&self, table: &str, rng: &mut Rng) -> Value {
        let mut parameters = json!({"tableName": table});
        match self.event {
            "GetItem" | "UpdateItem" | "DeleteItem" => {
                merge(
                    &mut parameters,
                    json!({"key": {"id": format!("{}", 10_000 + rng.below(90_000))}}),
                );
            }
            "PutItem" => merge(
                &mut parameters,
                json!({"key": {"id": format!("{}", 10_000 + rng.below(90_000))},
                "items": ["id", "state", "updated"]}),
            ),
            _ => {}
        }
        parameters
    }

    fn key_call(&self, target: &str, account: &'static Account, rng: &mut Rng) -> Call {
        let (name, service) = target
            .split_once('@')
            .map_or((target, None), |(name, service)| (name, Some(service)));
        let arn = key_arn(name, account);
        let mut parameters = json!({"keyId": arn, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"});
        if let Some(service) = service {
            let context = match service {
                "secretsmanager" => json!({"SecretARN": secret_arn(&format!("prod/{name}"), account),
                    "SecretVersionId": rng.uuid()}),
                "sqs" => json!({"aws:sqs:arn": format!("arn:aws:sqs:{}:{}:{name}", account.region, account.id)}),
                _ => json!({"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": account.id}),
            };
            merge(&mut parameters, json!({"encryptionContext": context}));
        }
        if self.event == "GenerateDataKey" {
            merge(&mut parameters, json!({"keySpec": "AES_256"}));
        }
        Call {
            parameters,
            resources: Some(json!([{"accountId": account.id, "type": "AWS::KMS::Key", "ARN": arn}])),
            additional: Some(json!({"keyMaterialId": rng.text(HEX, 64)})),
            invoked_by: service.map(|service| format!("{service}.amazonaws.com")),
            ..Call::plain(arn, account)
        }
    }

    fn star_parameters(&self, rng: &mut Rng) -> Value {
        match self.event {
            "DescribeInstances" => json!({"instancesSet": {}, "filterSet": {"items": [{"name": "instance-state-name",
                "valueSet": {"items": [{"value": "running"}]}}]}}),
            "DescribeSubnets" | "DescribeSecurityGroups" | "DescribeNetworkInterfaces" => json!({"filterSet": {}}),
            "ListSecrets" => json!({"maxResults": 100}),
            "DescribeParameters" => json!({"maxResults": 50}),
            "DescribeLoadBalancers" => json!({"pageSize": 100 + rng.below(2) * 100}),
            "ListBuckets" => json!({"Host": "s3.amazonaws.com"}),
            _ => Value::Null,
        }
    }
}

impl Call {
    fn plain(arn: String, owner: &'static Account) -> Self {
        Call {
            parameters: Value::Null,
            response: Value::Null,
            resources: None,
            additional: None,
            arn,
            owner,
            data: false,
            invoked_by: None,
        }
    }
}

/// Secrets Manager and Parameter Store.
fn named_call(shape: Shape, target: &str, account: &'static Account) -> Call {
    if shape == Shape::Secret {
        let arn = secret_arn(target, account);
        return Call {
            parameters: json!({"secretId": arn}),
            ..Call::plain(arn, account)
        };
    }
    // A parameter's name starts with a slash that its ARN does not repeat.
    let arn = format!("arn:aws:ssm:{}:{}:parameter{target}", account.region, account.id);
    Call {
        parameters: json!({"name": target, "withDecryption": true}),
        resources: Some(json!([{"accountId": account.id, "ARN": arn}])),
        ..Call::plain(arn, account)
    }
}

/// Management calls that name one resource.
fn managed_call(shape: Shape, target: &str, account: &'static Account, rng: &mut Rng) -> Call {
    let (region, id) = (account.region, account.id);
    match shape {
        Shape::Repository => {
            let arn = format!("arn:aws:ecr:{region}:{id}:repository/{target}");
            let tag = format!("1.{}.0", rng.below(40));
            Call {
                parameters: json!({"registryId": id, "repositoryName": target, "imageIds": [{"imageTag": tag}]}),
                resources: Some(json!([{"accountId": id, "ARN": arn}])),
                ..Call::plain(arn, account)
            }
        }
        Shape::LogStream => {
            let stream = format!("pod-{}", rng.text(HEX, 8));
            let arn = format!("arn:aws:logs:{region}:{id}:log-group:{target}:*");
            let parameters = json!({"logGroupName": target, "logStreamName": stream});
            Call {
                parameters,
                ..Call::plain(arn, account)
            }
        }
        Shape::Database => {
            let arn = format!("arn:aws:rds:{region}:{id}:db:{target}");
            Call {
                parameters: json!({"dBInstanceIdentifier": target}),
                ..Call::plain(arn, account)
            }
        }
        _ => {
            let arn = format!("arn:aws:elasticloadbalancing:{region}:{id}:targetgroup/{target}");
            let targets = json!([{"id": format!("10.20.{}.{}", rng.below(8), 10 + rng.below(200)), "port": 8080}]);
            Call {
                parameters: json!({"targetGroupArn": arn, "targets": targets}),
                ..Call::plain(arn, account)
            }
        }
    }
}

/// A key below a prefix. The space is bounded so that resources repeat as they do in a real estate.
fn object_key(prefix: &str, rng: &mut Rng) -> String {
    format!(
        "{prefix}2026/{:02}/part-{:05}.parquet",
        1 + rng.below(12),
        rng.below(24)
    )
}

/// The ARN of the key that carries this name's data.
pub(crate) fn key_arn(name: &str, account: &Account) -> String {
    let id = Rng::new(7, &format!("key {name} {}", account.id)).uuid();
    format!("arn:aws:kms:{}:{}:key/{id}", account.region, account.id)
}

/// The ARN of a secret, with the six characters that Secrets Manager adds.
pub(crate) fn secret_arn(name: &str, account: &Account) -> String {
    let suffix = Rng::new(7, &format!("secret {name} {}", account.id)).text(crate::rng::ALPHANUMERIC, 6);
    format!(
        "arn:aws:secretsmanager:{}:{}:secret:{name}-{suffix}",
        account.region, account.id
    )
}

/// Adds the fields of one object to another.
pub(crate) fn merge(into: &mut Value, from: Value) {
    if let (Some(target), Value::Object(fields)) = (into.as_object_mut(), from) {
        target.extend(fields);
    }
}

/// An object from fields of which some are absent.
pub(crate) fn object(fields: Vec<(&str, Option<Value>)>) -> Value {
    let fields = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(fields.collect::<Map<_, _>>())
}
