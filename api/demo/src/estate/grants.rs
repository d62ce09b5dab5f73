//! Managed policies: AWS's own by name, in short form, and the estate's.

use super::{ManagedPolicy, Statement, allow};

const fn aws(name: &'static str, statements: &'static [Statement]) -> ManagedPolicy {
    ManagedPolicy {
        aws: true,
        path: "/",
        name,
        statements,
    }
}

pub(crate) static ADMINISTRATOR: ManagedPolicy = aws("AdministratorAccess", &[allow(&["*"], &["*"])]);
pub(crate) static S3_READ_ONLY: ManagedPolicy = aws(
    "AmazonS3ReadOnlyAccess",
    &[allow(
        &[
            "s3:Get*",
            "s3:List*",
            "s3:Describe*",
            "s3-object-lambda:Get*",
            "s3-object-lambda:List*",
        ],
        &["*"],
    )],
);
pub(crate) static SSM_READ_ONLY: ManagedPolicy = aws(
    "AmazonSSMReadOnlyAccess",
    &[allow(&["ssm:Describe*", "ssm:Get*", "ssm:List*"], &["*"])],
);
pub(crate) static WORKER_NODE: ManagedPolicy = aws(
    "AmazonEKSWorkerNodePolicy",
    &[allow(
        &[
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVolumes",
            "ec2:DescribeVolumesModifications",
            "ec2:DescribeVpcs",
            "eks:DescribeCluster",
            "eks-auth:AssumeRoleForPodIdentity",
        ],
        &["*"],
    )],
);
pub(crate) static CNI: ManagedPolicy = aws(
    "AmazonEKS_CNI_Policy",
    &[
        allow(
            &[
                "ec2:AssignPrivateIpAddresses",
                "ec2:AttachNetworkInterface",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeInstances",
                "ec2:DescribeTags",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeSubnets",
                "ec2:DetachNetworkInterface",
                "ec2:ModifyNetworkInterfaceAttribute",
                "ec2:UnassignPrivateIpAddresses",
            ],
            &["*"],
        ),
        allow(&["ec2:CreateTags"], &["arn:aws:ec2:*:*:network-interface/*"]),
    ],
);
pub(crate) static ECR_READ_ONLY: ManagedPolicy = aws(
    "AmazonEC2ContainerRegistryReadOnly",
    &[allow(
        &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:GetRepositoryPolicy",
            "ecr:DescribeRepositories",
            "ecr:ListImages",
            "ecr:DescribeImages",
            "ecr:BatchGetImage",
            "ecr:GetLifecyclePolicy",
            "ecr:GetLifecyclePolicyPreview",
            "ecr:ListTagsForResource",
            "ecr:DescribeImageScanFindings",
        ],
        &["*"],
    )],
);
/// What every workload of the shop may do at most.
pub(crate) static SHOP_BOUNDARY: ManagedPolicy = ManagedPolicy {
    aws: false,
    path: "/boundaries/",
    name: "shop-workload-boundary",
    statements: &[allow(
        &[
            "s3:*",
            "dynamodb:*",
            "sqs:*",
            "sns:*",
            "kms:*",
            "secretsmanager:GetSecretValue",
            "cloudwatch:PutMetricData",
        ],
        &["*"],
    )],
};
/// Metrics: granted everywhere, and never seen in a trail's management events.
pub(crate) static METRICS: ManagedPolicy = ManagedPolicy {
    aws: false,
    path: "/",
    name: "workload-metrics",
    statements: &[allow(&["cloudwatch:PutMetricData", "xray:PutTraceSegments"], &["*"])],
};
/// What the IAM user of the workload with static keys may do.
pub(crate) static STATIC_KEY_POLICY: &[Statement] = &[allow(
    &["s3:PutObject", "s3:GetObject", "s3:ListBucket"],
    &[
        "arn:aws:s3:::shopcloud-order-exports",
        "arn:aws:s3:::shopcloud-order-exports/*",
    ],
)];
