//! Which calls with an EC2 instance's credentials the agents of a Kubernetes node make, as opposed to its pods.
//!
//! Everything on a node signs with one role, so only what is called, and with which client, tells them apart. The
//! calls are those that AWS's managed policies for nodes grant (AWS Managed Policy Reference Guide); the clients name
//! themselves in the user agent, which they could leave out. Where a call may be either, it counts as the agent's: a
//! pod is never named on the strength of a call that an agent may have made.

/// The kubelet and the node's start-up: `AmazonEKSWorkerNodePolicy` (v3), and the pull of images with the ECR
/// credential provider, `AmazonEC2ContainerRegistryPullOnly`.
pub const KUBELET: &str = "kubelet";
/// The VPC CNI: `AmazonEKS_CNI_Policy` (v5).
pub const VPC_CNI: &str = "vpc cni";
/// The EBS CSI driver; it calls EC2 from a pod, which has the node's role where it was given none of its own.
pub const EBS_CSI: &str = "ebs csi driver";
/// The Systems Manager agent: `AmazonSSMManagedInstanceCore` (v2).
pub const SSM_AGENT: &str = "ssm agent";
/// The EKS Pod Identity agent: `eks-auth:AssumeRoleForPodIdentity`.
pub const POD_IDENTITY_AGENT: &str = "pod identity agent";

/// What agents write into the user agent. VPC CNI: `amazon-vpc-cni-k8s/version/…` (its `pkg/awsutils/awssession`);
/// EBS CSI: the execution environment `aws-ebs-csi-driver-<version>` (its `pkg/cloud`); SSM: `amazon-ssm-agent/…`.
const CLIENTS: [(&str, &str); 3] = [
    ("amazon-vpc-cni-k8s", VPC_CNI),
    ("aws-ebs-csi-driver-", EBS_CSI),
    ("amazon-ssm-agent/", SSM_AGENT),
];

const WORKER_NODE: [&str; 8] = [
    "DescribeInstances",
    "DescribeInstanceTypes",
    "DescribeRouteTables",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVolumes",
    "DescribeVolumesModifications",
    "DescribeVpcs",
];

const CNI: [&str; 9] = [
    "AssignPrivateIpAddresses",
    "AttachNetworkInterface",
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeTags",
    "DetachNetworkInterface",
    "ModifyNetworkInterfaceAttribute",
    "UnassignPrivateIpAddresses",
];

const PULL: [&str; 5] = [
    "GetAuthorizationToken",
    "BatchCheckLayerAvailability",
    "GetDownloadUrlForLayer",
    "BatchGetImage",
    "BatchImportUpstreamImage",
];

/// Without `GetParameter`, `GetParameters` and `GetDocument`: the policy grants them too, and pods that fall back to
/// the node's role read parameters; the agent is then told by its client.
const SSM: [&str; 11] = [
    "DescribeAssociation",
    "GetDeployablePatchSnapshotForInstance",
    "GetManifest",
    "ListAssociations",
    "ListInstanceAssociations",
    "PutInventory",
    "PutComplianceItems",
    "PutConfigurePackageResult",
    "UpdateAssociationStatus",
    "UpdateInstanceAssociationStatus",
    "UpdateInstanceInformation",
];

/// The agent of a node that makes such a call, by `eventSource`, `eventName` and `userAgent`; `None` where no agent
/// does. Only of calls with an instance's credentials does it say anything.
pub fn node_agent(
    event_source: Option<&str>,
    event_name: Option<&str>,
    user_agent: Option<&str>,
) -> Option<&'static str> {
    let client = user_agent.unwrap_or_default();
    if let Some((_, agent)) = CLIENTS.iter().find(|(mark, _)| client.contains(mark)) {
        return Some(agent);
    }
    let name = event_name?;
    match event_source?.strip_suffix(".amazonaws.com")? {
        // The agent has no command line: who calls with one holds a pod's token in hand.
        "eks-auth" => {
            (name == "AssumeRoleForPodIdentity" && !client.contains("command/")).then_some(POD_IDENTITY_AGENT)
        }
        "eks" => (name == "DescribeCluster").then_some(KUBELET),
        "ecr" => PULL.contains(&name).then_some(KUBELET),
        "ec2" if WORKER_NODE.contains(&name) => Some(KUBELET),
        "ec2" => CNI.contains(&name).then_some(VPC_CNI),
        "ssm" => SSM.contains(&name).then_some(SSM_AGENT),
        "ssmmessages" | "ec2messages" => Some(SSM_AGENT),
        _ => None,
    }
}

/// Whether the agent runs on the nodes of EKS clusters alone, so that an instance on which it runs is such a node.
pub(super) fn is_of_eks(agent: &str) -> bool {
    matches!(agent, VPC_CNI | POD_IDENTITY_AGENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_agents_are_told_from_those_of_pods() {
        let go = "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5";
        for (source, name, client, expected) in [
            (
                "eks-auth",
                "AssumeRoleForPodIdentity",
                "aws-sdk-go-v2/1.30.3 api/eksauth#1.0.1",
                Some(POD_IDENTITY_AGENT),
            ),
            (
                "eks-auth",
                "AssumeRoleForPodIdentity",
                "aws-cli/2.15.38 md/prompt#off command/eks-auth.assume-role-for-pod-identity",
                None,
            ),
            ("ecr", "GetAuthorizationToken", go, Some(KUBELET)),
            ("ecr", "PutImage", go, None),
            (
                "eks",
                "DescribeCluster",
                "aws-cli/2.15.38 command/eks.describe-cluster",
                Some(KUBELET),
            ),
            ("eks", "ListClusters", go, None),
            ("ec2", "DescribeInstances", go, Some(KUBELET)),
            ("ec2", "AssignPrivateIpAddresses", go, Some(VPC_CNI)),
            (
                "ec2",
                "CreateTags",
                "aws-sdk-go-v2/1.30.3 amazon-vpc-cni-k8s/version/v1.18.3",
                Some(VPC_CNI),
            ),
            ("ec2", "CreateTags", go, None),
            (
                "ec2",
                "AttachVolume",
                "aws-sdk-go-v2/1.30.3 exec-env/aws-ebs-csi-driver-v1.35.0",
                Some(EBS_CSI),
            ),
            ("ec2", "AttachVolume", go, None),
            ("ssm", "UpdateInstanceInformation", go, Some(SSM_AGENT)),
            (
                "ssm",
                "GetParameter",
                "aws-sdk-go/1.51.0 amazon-ssm-agent/3.3.987.0",
                Some(SSM_AGENT),
            ),
            ("ssm", "GetParameter", "Boto3/1.34.0", None),
            ("ssmmessages", "OpenControlChannel", go, Some(SSM_AGENT)),
            ("s3", "GetObject", "Boto3/1.34.0", None),
            ("sts", "AssumeRole", "Boto3/1.34.0", None),
        ] {
            let source = format!("{source}.amazonaws.com");
            assert_eq!(
                node_agent(Some(&source), Some(name), Some(client)),
                expected,
                "{source} {name} {client}"
            );
        }
        assert_eq!(node_agent(None, None, None), None);
        assert_eq!(
            node_agent(Some("ec2.amazonaws.com"), Some("DescribeVpcs"), None),
            Some(KUBELET)
        );
        assert_eq!(
            node_agent(Some("ec2"), Some("DescribeVpcs"), None),
            None,
            "no event source"
        );
    }
}
