//! DynamoDB, queues, topics, streams, keys, secrets, parameters, databases, logs, models.

use super::*;

const DDB: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table";

#[test]
fn dynamodb() {
    let statement = |text: &str| call("dynamodb", "ExecuteStatement", json!({"statement": text}));
    let both = [
        format!("dynamodb:Query {DDB}/t"),
        format!("dynamodb:Query {DDB}/t/index/by-day"),
    ];
    let batch = [
        format!("dynamodb:BatchGetItem {DDB}/a"),
        format!("dynamodb:BatchGetItem {DDB}/c"),
    ];
    let one = |action: &str, table: &str| vec![format!("dynamodb:{action} {DDB}/{table}")];
    let transaction = json!({"transactItems": [{"put": {"tableName": "a"}}, {"conditionCheck": {"tableName": "b"}}]});
    let written = [
        format!("dynamodb:ConditionCheckItem {DDB}/b"),
        format!("dynamodb:PutItem {DDB}/a"),
    ];
    let by_arn = call(
        "dynamodb",
        "GetItem",
        json!({"tableName": "arn:aws:dynamodb:eu-west-1:444455556666:table/t"}),
    );
    let situations: Vec<(&str, Value, Vec<String>)> = vec![
        (
            "by name",
            call("dynamodb", "GetItem", json!({"tableName": "t"})),
            one("GetItem", "t"),
        ),
        (
            "by ARN of another account",
            by_arn,
            vec!["dynamodb:GetItem arn:aws:dynamodb:eu-west-1:444455556666:table/t".into()],
        ),
        (
            "an index",
            call("dynamodb", "Query", json!({"tableName": "t", "indexName": "by-day"})),
            both.to_vec(),
        ),
        (
            "a batch",
            call("dynamodb", "BatchGetItem", json!({"requestItems": {"a": {}, "c": {}}})),
            batch.to_vec(),
        ),
        (
            "a transaction",
            call("dynamodb", "TransactWriteItems", transaction),
            written.to_vec(),
        ),
        (
            "reads in one",
            call(
                "dynamodb",
                "TransactGetItems",
                json!({"transactItems": [{"get": {"tableName": "a"}}]}),
            ),
            one("GetItem", "a"),
        ),
        (
            "select",
            statement("SELECT * FROM \"t\" WHERE from_date = ?"),
            one("PartiQLSelect", "t"),
        ),
        (
            "select by index",
            statement("select a from \"t\".\"i\""),
            one("PartiQLSelect", "t/index/i"),
        ),
        (
            "insert",
            statement(" INSERT INTO t-1 value {'a': 1}"),
            one("PartiQLInsert", "t-1"),
        ),
        (
            "update",
            statement("UPDATE t SET a=1 WHERE k='x'"),
            one("PartiQLUpdate", "t"),
        ),
        (
            "delete",
            statement("DELETE FROM t WHERE k='x'"),
            one("PartiQLDelete", "t"),
        ),
    ];
    for (name, record, expected) in situations {
        assert_eq!(pairs(&record), expected, "{name}: {}", mapped(&record));
    }
    assert!(unmapped(&statement("HIDDEN_DUE_TO_SECURITY_REASONS")).contains("ExecuteStatement"));
}

#[test]
fn queues_and_topics() {
    const Q: &str = "https://sqs.eu-west-1.amazonaws.com/444455556666/jobs";
    const T: &str = "arn:aws:sns:eu-west-1:111122223333:news";
    check(&[
        (
            "another account's queue",
            call("sqs", "SendMessage", json!({"queueUrl": Q})),
            &["sqs:SendMessage arn:aws:sqs:eu-west-1:444455556666:jobs"],
        ),
        (
            "a batch is the single action",
            call("sqs", "DeleteMessageBatch", json!({"queueUrl": Q})),
            &["sqs:DeleteMessage arn:aws:sqs:eu-west-1:444455556666:jobs"],
        ),
        (
            "created with tags",
            call("sqs", "CreateQueue", json!({"queueName": "q", "tags": {"a": "b"}})),
            &[
                "sqs:CreateQueue arn:aws:sqs:eu-west-1:111122223333:q",
                "sqs:TagQueue arn:aws:sqs:eu-west-1:111122223333:q",
            ],
        ),
        (
            "publish",
            call("sns", "PublishBatch", json!({"topicArn": T})),
            &["sns:Publish arn:aws:sns:eu-west-1:111122223333:news"],
        ),
        (
            "to a telephone",
            call("sns", "Publish", json!({"phoneNumber": "+1"})),
            &["sns:Publish *"],
        ),
        (
            "a subscription is its topic's",
            call("sns", "Unsubscribe", json!({"subscriptionArn": format!("{T}:0000-1")})),
            &["sns:Unsubscribe arn:aws:sns:eu-west-1:111122223333:news"],
        ),
    ]);
}

#[test]
fn streams_logs_databases() {
    const LOG: &str = "/aws/eks/c/cluster";
    check(&[
        (
            "a stream by name",
            call("kinesis", "PutRecord", json!({"streamName": "s"})),
            &["kinesis:PutRecord arn:aws:kinesis:eu-west-1:111122223333:stream/s"],
        ),
        (
            "a stream by ARN",
            call(
                "kinesis",
                "PutRecord",
                json!({"streamARN": "arn:aws:kinesis:eu-west-1:444455556666:stream/s"}),
            ),
            &["kinesis:PutRecord arn:aws:kinesis:eu-west-1:444455556666:stream/s"],
        ),
        (
            "a log group",
            call("logs", "PutRetentionPolicy", json!({"logGroupName": LOG})),
            &["logs:PutRetentionPolicy arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/c/cluster:*"],
        ),
        (
            "a log group with tags",
            call(
                "logs",
                "CreateLogGroup",
                json!({"logGroupName": LOG, "tags": {"a": "b"}}),
            ),
            &[
                "logs:CreateLogGroup arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/c/cluster:*",
                "logs:TagResource arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/c/cluster",
            ],
        ),
        (
            "an odd spelling",
            call("rds", "DeleteDBInstance", json!({"dBInstanceIdentifier": "d"})),
            &["rds:DeleteDBInstance arn:aws:rds:eu-west-1:111122223333:db:d"],
        ),
        (
            "only what is made is tagged",
            call(
                "rds",
                "CreateDBSnapshot",
                json!({"dBInstanceIdentifier": "d", "dBSnapshotIdentifier": "s", "tags": [{"key": "a"}]}),
            ),
            &[
                "rds:CreateDBSnapshot arn:aws:rds:eu-west-1:111122223333:db:d",
                "rds:CreateDBSnapshot arn:aws:rds:eu-west-1:111122223333:snapshot:s",
                "rds:AddTagsToResource arn:aws:rds:eu-west-1:111122223333:snapshot:s",
            ],
        ),
        (
            "a cluster",
            call(
                "rds",
                "DeleteDBCluster",
                json!({"dBClusterIdentifier": "c", "skipFinalSnapshot": true}),
            ),
            &["rds:DeleteDBCluster arn:aws:rds:eu-west-1:111122223333:cluster:c"],
        ),
        (
            "another registry",
            call(
                "ecr",
                "BatchGetImage",
                json!({"repositoryName": "r/x", "registryId": "444455556666"}),
            ),
            &["ecr:BatchGetImage arn:aws:ecr:eu-west-1:444455556666:repository/r/x"],
        ),
        (
            "a model",
            call("bedrock", "Converse", json!({"modelId": "a.b-v1:0"})),
            &["bedrock:InvokeModel arn:aws:bedrock:eu-west-1::foundation-model/a.b-v1:0"],
        ),
        (
            "a model across regions",
            call("bedrock", "InvokeModel", json!({"modelId": "eu.a.b"})),
            &[
                "bedrock:InvokeModel arn:aws:bedrock:*::foundation-model/a.b",
                "bedrock:InvokeModel arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.a.b",
            ],
        ),
    ]);
}

#[test]
fn keys() {
    const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1-2";
    let logged = json!([{"accountId": "111122223333", "type": "AWS::KMS::Key", "ARN": KEY}]);
    let by_alias = with(
        call("kms", "Decrypt", json!({"keyId": "alias/a"})),
        "resources",
        logged.clone(),
    );
    let again = json!({"sourceKeyId": KEY, "destinationKeyId": "3-4"});
    check(&[
        (
            "by alias",
            by_alias,
            &["kms:Decrypt arn:aws:kms:eu-west-1:111122223333:key/1-2"],
        ),
        (
            "by id",
            call("kms", "Encrypt", json!({"keyId": "1-2"})),
            &["kms:Encrypt arn:aws:kms:eu-west-1:111122223333:key/1-2"],
        ),
        (
            "an alias nothing resolves",
            call("kms", "Encrypt", json!({"keyId": "alias/a"})),
            &["kms:Encrypt arn:aws:kms:eu-west-1:111122223333:key/*"],
        ),
        (
            "two keys",
            call("kms", "ReEncrypt", again),
            &[
                "kms:ReEncryptFrom arn:aws:kms:eu-west-1:111122223333:key/1-2",
                "kms:ReEncryptTo arn:aws:kms:eu-west-1:111122223333:key/3-4",
            ],
        ),
        (
            "an alias and its key",
            call(
                "kms",
                "CreateAlias",
                json!({"aliasName": "alias/a", "targetKeyId": "1-2"}),
            ),
            &[
                "kms:CreateAlias arn:aws:kms:eu-west-1:111122223333:alias/a",
                "kms:CreateAlias arn:aws:kms:eu-west-1:111122223333:key/1-2",
            ],
        ),
    ]);
    let mut through = with(call("kms", "Decrypt", json!({})), "resources", logged);
    through["userIdentity"]["invokedBy"] = json!("s3.amazonaws.com");
    assert_eq!(
        condition(&through, "kms:Decrypt", "kms:ViaService"),
        ["s3.eu-west-1.amazonaws.com"]
    );
    through["userIdentity"]["invokedBy"] = json!("AWS Internal");
    assert_eq!(condition(&through, "kms:Decrypt", "kms:ViaService"), [""; 0]);
}

#[test]
fn what_a_call_to_kms_proves() {
    let decrypt = call(
        "kms",
        "Decrypt",
        json!({"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::b", "n": 1}}),
    );
    let again = json!({"sourceEncryptionContext": {"a": "1"}, "destinationEncryptionContext": {"a": "2"}});
    let again = call("kms", "ReEncrypt", again);
    let grant = json!({"granteePrincipal": "arn:aws:iam::1:role/r", "operations": ["Decrypt", "Encrypt"]});
    let grant = call("kms", "CreateGrant", grant);
    let situations = [
        (
            &decrypt,
            "kms:Decrypt",
            "kms:EncryptionContext:aws:s3:arn",
            vec!["arn:aws:s3:::b"],
        ),
        (&decrypt, "kms:Decrypt", "kms:EncryptionContext:n", vec!["1"]),
        (&again, "kms:ReEncryptFrom", "kms:EncryptionContext:a", vec!["1"]),
        (&again, "kms:ReEncryptTo", "kms:EncryptionContext:a", vec!["2"]),
        (
            &grant,
            "kms:CreateGrant",
            "kms:GrantOperations",
            vec!["Decrypt", "Encrypt"],
        ),
        (
            &grant,
            "kms:CreateGrant",
            "kms:GranteePrincipal",
            vec!["arn:aws:iam::1:role/r"],
        ),
    ];
    for (record, action, key, expected) in situations {
        assert_eq!(condition(record, action, key), expected, "{action} {key}");
    }
}

#[test]
fn secrets_and_parameters() {
    const NAMED: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret";
    const PARAMETER: &str = "arn:aws:ssm:eu-west-1:111122223333:parameter";
    let secret = |name: &str, id: &str| call("secretsmanager", name, json!({"secretId": id}));
    let batch = call(
        "secretsmanager",
        "BatchGetSecretValue",
        json!({"secretIdList": ["a", "b"]}),
    );
    let parameter = |name: &str, key: &str, value: Value| call("ssm", name, json!({key: value}));
    let command = json!({"documentName": "AWS-RunShellScript", "instanceIds": ["i-1", "mi-2"]});
    let tagged = json!({"resourceType": "Parameter", "resourceId": "/a/b"});
    let situations: Vec<(&str, Value, Vec<String>)> = vec![
        (
            "a name lacks the suffix",
            secret("GetSecretValue", "db/app"),
            vec![format!("secretsmanager:GetSecretValue {NAMED}:db/app-??????")],
        ),
        (
            "an ARN has it",
            secret("GetSecretValue", &format!("{NAMED}:db-AbCd12")),
            vec![format!("secretsmanager:GetSecretValue {NAMED}:db-AbCd12")],
        ),
        (
            "a short ARN",
            secret("GetSecretValue", &format!("{NAMED}:db")),
            vec![format!("secretsmanager:GetSecretValue {NAMED}:db-??????")],
        ),
        (
            "the answer knows",
            with(
                secret("PutSecretValue", "db"),
                "responseElements",
                json!({"arn": format!("{NAMED}:db-AbCd12")}),
            ),
            vec![format!("secretsmanager:PutSecretValue {NAMED}:db-AbCd12")],
        ),
        (
            "a batch",
            batch,
            vec![
                "secretsmanager:BatchGetSecretValue *".to_owned(),
                format!("secretsmanager:GetSecretValue {NAMED}:a-??????"),
                format!("secretsmanager:GetSecretValue {NAMED}:b-??????"),
            ],
        ),
        (
            "a leading slash",
            parameter("GetParameter", "name", json!("/a/b")),
            vec![format!("ssm:GetParameter {PARAMETER}/a/b")],
        ),
        (
            "a version",
            parameter("GetParameter", "name", json!("b:3")),
            vec![format!("ssm:GetParameter {PARAMETER}/b")],
        ),
        (
            "several",
            parameter("GetParameters", "names", json!(["/a", "b"])),
            vec![
                format!("ssm:GetParameters {PARAMETER}/a"),
                format!("ssm:GetParameters {PARAMETER}/b"),
            ],
        ),
        (
            "a path",
            parameter("GetParametersByPath", "path", json!("/app/prod")),
            vec![format!("ssm:GetParametersByPath {PARAMETER}/app/prod")],
        ),
        (
            "tags of a parameter",
            call("ssm", "ListTagsForResource", tagged),
            vec![format!("ssm:ListTagsForResource {PARAMETER}/a/b")],
        ),
        (
            "a command",
            call("ssm", "SendCommand", command),
            vec![
                "ssm:SendCommand arn:aws:ec2:eu-west-1:111122223333:instance/i-1".to_owned(),
                "ssm:SendCommand arn:aws:ssm:eu-west-1:111122223333:managed-instance/mi-2".to_owned(),
                "ssm:SendCommand arn:aws:ssm:eu-west-1::document/AWS-RunShellScript".to_owned(),
            ],
        ),
    ];
    for (name, record, expected) in situations {
        assert_eq!(pairs(&record), expected, "{name}: {}", mapped(&record));
    }
}
