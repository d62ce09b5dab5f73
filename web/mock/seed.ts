/** Who lives in the mock estate and what each may do. */
import type { Class, Mechanism } from "../src/api/types.ts";

export interface WorkloadSeed {
  cluster: string;
  account: string;
  namespace: string;
  service_account: string;
  mechanism: Mechanism;
  role: string;
  used: string[];
  /** Granted besides what is used. */
  unused: string[];
  unobservable: string[];
  denied: string[];
  /** Seen in use though nothing known grants it. */
  strays: string[];
  /** The first day it was seen on, when not the trail's first. */
  starts?: number;
  /** Chance that a day has a session. */
  activity: number;
  class?: Class;
  hops?: string[];
  sharedBy: number;
}

interface Service {
  source: string;
  resources: string[];
}

export const SERVICES: Record<string, Service> = {
  s3: {
    source: "s3.amazonaws.com",
    resources: ["arn:aws:s3:::acme-orders/2026/10/07/orders-000231.parquet", "arn:aws:s3:::acme-orders/exports/*", "arn:aws:s3:::acme-artifacts/build/8817/layer.tar"],
  },
  dynamodb: { source: "dynamodb.amazonaws.com", resources: ["arn:aws:dynamodb:eu-west-1:ACCOUNT:table/carts", "arn:aws:dynamodb:eu-west-1:ACCOUNT:table/orders/index/by-customer"] },
  sqs: { source: "sqs.amazonaws.com", resources: ["arn:aws:sqs:eu-west-1:ACCOUNT:orders-incoming"] },
  sns: { source: "sns.amazonaws.com", resources: ["arn:aws:sns:eu-west-1:ACCOUNT:order-events"] },
  kms: { source: "kms.amazonaws.com", resources: ["arn:aws:kms:eu-west-1:ACCOUNT:key/1f2d5c3e-0b7a-4f0e-9d7b-44a0c2a8a7d1"] },
  secretsmanager: { source: "secretsmanager.amazonaws.com", resources: ["arn:aws:secretsmanager:eu-west-1:ACCOUNT:secret:prod/payments/stripe-Ab12Cd"] },
  ssm: { source: "ssm.amazonaws.com", resources: ["arn:aws:ssm:eu-west-1:ACCOUNT:parameter/prod/checkout/feature-flags"] },
  ec2: { source: "ec2.amazonaws.com", resources: ["*"] },
  sts: { source: "sts.amazonaws.com", resources: ["*"] },
  route53: { source: "route53.amazonaws.com", resources: ["arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"] },
  logs: { source: "logs.amazonaws.com", resources: ["arn:aws:logs:eu-west-1:ACCOUNT:log-group:/eks/prod/app:*"] },
  ecr: { source: "ecr.amazonaws.com", resources: ["arn:aws:ecr:eu-west-1:ACCOUNT:repository/checkout"] },
};

const S3_ALL = ["AbortMultipartUpload", "CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "DeleteObject", "DeleteObjectVersion", "GetBucketAcl", "GetBucketPolicy", "GetEncryptionConfiguration", "ListAllMyBuckets", "PutBucketAcl", "PutBucketPolicy", "PutBucketPublicAccessBlock", "PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutObjectAcl", "PutReplicationConfiguration"].map((name) => `s3:${name}`);
const DYNAMO = ["BatchGetItem", "BatchWriteItem", "CreateTable", "DeleteItem", "DeleteTable", "DescribeTable", "PutItem", "Scan", "UpdateItem", "UpdateTable"].map((name) => `dynamodb:${name}`);
const EC2_READ = ["DescribeImages", "DescribeInstances", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs", "DescribeVolumes", "DescribeSnapshots"].map((name) => `ec2:${name}`);
const S3_DATA = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];

const role = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`;

function seed(cluster: string, path: string, mechanism: Mechanism, roleName: string, rest: Partial<WorkloadSeed>): WorkloadSeed {
  const account = cluster === "prod-eu" ? "111111111111" : "222222222222";
  const [namespace = "", service_account = ""] = path.split("/");
  const empty = { used: [], unused: [], unobservable: [], denied: [], strays: [], activity: 0.7, sharedBy: 1 };
  return { cluster, account, namespace, service_account, mechanism, role: role(account, roleName), ...empty, ...rest };
}

export const WORKLOADS: WorkloadSeed[] = [
  seed("prod-eu", "shop/checkout", "pod_identity", "shop-checkout", {
    used: ["dynamodb:GetItem", "dynamodb:Query", "sqs:SendMessage", "kms:Decrypt", "ssm:GetParameter"],
    unused: [...DYNAMO, ...S3_ALL],
    unobservable: ["s3:GetObject", "s3:PutObject"],
    denied: ["secretsmanager:GetSecretValue", "kms:GenerateDataKey"],
    strays: ["ssm:GetParameter"],
    activity: 0.95,
  }),
  seed("prod-eu", "shop/orders-export", "irsa", "shop-data-access", { used: S3_DATA, unused: S3_ALL, denied: ["s3:PutObjectAcl"], activity: 0.9, sharedBy: 3 }),
  seed("prod-eu", "shop/inventory-sync", "irsa", "shop-data-access", { used: ["s3:GetObject", "dynamodb:GetItem"], unused: [...S3_ALL, ...DYNAMO], sharedBy: 3 }),
  seed("prod-eu", "analytics/clickstream", "irsa", "shop-data-access", { used: ["s3:PutObject"], unused: S3_ALL, activity: 0.8, sharedBy: 3 }),
  seed("prod-eu", "payments/ledger", "pod_identity", "payments-ledger", {
    used: ["secretsmanager:GetSecretValue", "kms:Decrypt", "dynamodb:PutItem", "sns:Publish"],
    unused: ["dynamodb:Scan", "kms:Encrypt"],
    unobservable: ["sns:GetTopicAttributes"],
  }),
  seed("prod-eu", "payments/reconciler", "pod_identity", "payments-reconciler", {
    used: ["sts:AssumeRole", "s3:GetObject", "s3:ListBucket"],
    unused: ["s3:DeleteObject", "s3:PutObject"],
    hops: [role("333333333333", "ledger-reader"), role("333333333333", "archive-reader")],
    denied: ["s3:GetBucketPolicy"],
    activity: 0.6,
  }),
  seed("prod-eu", "kube-system/external-dns", "irsa", "external-dns", { used: ["route53:ListHostedZones", "route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"], unused: ["route53:ListTagsForResource"] }),
  seed("prod-eu", "kube-system/cluster-autoscaler", "irsa", "cluster-autoscaler", { used: EC2_READ.slice(0, 3), unused: EC2_READ.slice(3) }),
  seed("prod-eu", "kube-system/ebs-csi-controller-sa", "pod_identity", "ebs-csi", { used: ["ec2:DescribeVolumes", "ec2:CreateVolume", "ec2:AttachVolume"], unused: ["ec2:CreateSnapshot", "ec2:DeleteSnapshot", "ec2:DetachVolume", "ec2:DeleteVolume"] }),
  seed("prod-eu", "ci/runner", "irsa", "ci-admin", { used: ["ecr:GetAuthorizationToken", "ecr:PutImage", "s3:PutObject"], unused: [...S3_ALL, ...DYNAMO, ...EC2_READ, "iam:PassRole", "iam:CreateRole", "iam:AttachRolePolicy"], denied: ["kms:Decrypt"], activity: 1 }),
  seed("prod-eu", "legacy/reports", "node_role", "prod-node", { used: ["s3:GetObject", "logs:PutLogEvents"], unused: EC2_READ, class: "inferred", sharedBy: 9 }),
  seed("staging", "shop/checkout", "irsa", "staging-checkout", { used: ["dynamodb:GetItem", "sqs:SendMessage"], unused: DYNAMO.slice(0, 4), class: "inferred" }),
  seed("staging", "shop/orders-export", "irsa", "staging-export", { used: S3_DATA, unused: S3_ALL.slice(0, 6) }),
  seed("staging", "qa/load-test", "static_key", "qa-load-test", { used: ["sqs:SendMessage", "dynamodb:PutItem"], unused: ["sqs:PurgeQueue"], class: "claimed", activity: 0.5 }),
  seed("staging", "qa/fixtures", "pod_identity", "qa-fixtures", { used: [], unused: ["s3:DeleteBucket", "s3:DeleteObject", "dynamodb:DeleteTable"], activity: 0 }),
  seed("staging", "observability/fluent-bit", "irsa", "fluent-bit", { used: ["logs:PutLogEvents", "logs:CreateLogStream"], unused: ["logs:CreateLogGroup"], activity: 1, starts: 23 }),
];
