//! What to do, in order.

use super::{Plan, policies};
use crate::answer::{MigrationStep, MigrationTrust};
use crate::shell::{command, region, role_name, update_trust};

fn step(title: &str, why: &str, command: Option<String>) -> MigrationStep {
    MigrationStep {
        title: title.to_owned(),
        why: why.to_owned(),
        command,
        document: None,
    }
}

impl Plan<'_> {
    /// The steps; none where the role, its trust policy or the cluster is not known.
    pub(super) fn steps(&self, trust: Option<&MigrationTrust>) -> Vec<MigrationStep> {
        let (Some(trust), Some(role), Some(cluster)) = (trust, self.role_arn, self.eks()) else {
            return Vec::new();
        };
        let region = region(&cluster.arn);
        let mut steps = vec![step(
            "Install the Pod Identity agent on the cluster",
            "It hands the credentials to pods. EKS Auto Mode has it built in. The nodes' role must allow \
             `eks-auth:AssumeRoleForPodIdentity`.",
            Some(command(&[
                "aws",
                "eks",
                "create-addon",
                "--region",
                region,
                "--cluster-name",
                &cluster.name,
                "--addon-name",
                "eks-pod-identity-agent",
            ])),
        )];
        steps.extend(self.first_role_steps(role));
        steps.push(MigrationStep {
            document: Some(trust.during.clone()),
            ..step(
                "Let Pod Identity in beside IRSA",
                "Pods that run go on with the credentials that they have, and get new ones, until they are replaced.",
                Some(update_trust(role, &trust.during)),
            )
        });
        steps.push(self.associate(role, region));
        steps.extend(self.replace_and_verify());
        steps.push(MigrationStep {
            document: Some(trust.proposed.clone()),
            ..step(
                "Take IRSA out of the trust policy",
                "The way back is then closed: wait until no session by IRSA is seen any more.",
                Some(update_trust(role, &trust.proposed)),
            )
        });
        steps
    }

    /// The role that EKS assumes first, where the workload's own is in another account.
    fn first_role_steps(&self, target: &str) -> Option<MigrationStep> {
        let (first, cluster) = (self.first_role()?, self.eks()?);
        let own = &self.input.workload.workload;
        let document = policies::only_pods(&cluster.arn, &own.namespace, &own.service_account);
        let grant = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": target}]});
        let minified = podtrail_iam::policy::build::minified;
        let commands = [
            command(&[
                "aws",
                "iam",
                "create-role",
                "--role-name",
                role_name(&first),
                "--assume-role-policy-document",
                &minified(&document),
            ]),
            command(&[
                "aws",
                "iam",
                "put-role-policy",
                "--role-name",
                role_name(&first),
                "--policy-name",
                "AssumeTargetRole",
                "--policy-document",
                &minified(&grant),
            ]),
        ];
        Some(MigrationStep {
            document: Some(document),
            ..step(
                "Make a role in the cluster's account that leads to the workload's role",
                "An association's role must be in the cluster's account; it assumes the target role for the pod.",
                Some(commands.join("\n")),
            )
        })
    }

    fn associate(&self, role: &str, region: &str) -> MigrationStep {
        let own = &self.input.workload.workload;
        let name = self.eks().map(|c| c.name.clone()).unwrap_or_default();
        let first = self.first_role();
        let mut words = vec![
            "aws",
            "eks",
            "create-pod-identity-association",
            "--region",
            region,
            "--cluster-name",
            &name,
            "--namespace",
            &own.namespace,
            "--service-account",
            &own.service_account,
            "--role-arn",
            first.as_deref().unwrap_or(role),
        ];
        if first.is_some() {
            words.extend(["--target-role-arn", role]);
        }
        MigrationStep {
            document: self.association(),
            ..step(
                "Associate the ServiceAccount with the role",
                "Whoever does it needs `eks:CreatePodIdentityAssociation` and `iam:PassRole` for the role. Pods made from now on \
                 get Pod Identity, also while the annotation is there.",
                Some(command(&words)),
            )
        }
    }

    fn replace_and_verify(&self) -> Vec<MigrationStep> {
        let own = &self.input.workload.workload;
        let selector = format!("spec.serviceAccountName={}", own.service_account);
        let pods = command(&[
            "kubectl",
            "get",
            "pods",
            "-n",
            &own.namespace,
            "--field-selector",
            &selector,
            "-o",
            "custom-columns=POD:.metadata.name,OWNER:.metadata.ownerReferences[0].kind,NAME:.metadata.ownerReferences[0].name",
        ]);
        let text = |value: &str| value.replace('\'', "''");
        let cluster = match &own.cluster_arn {
            Some(arn) => format!("cluster_arn = '{}'", text(arn)),
            None => format!("cluster = '{}'", text(&own.cluster)),
        };
        let sql = format!(
            "SELECT mechanism, count(*) AS calls, max(event_time) AS last_call FROM activity WHERE {cluster} AND namespace = '{}' \
             AND service_account = '{}' AND counted GROUP BY mechanism ORDER BY last_call",
            text(&own.namespace),
            text(&own.service_account)
        );
        let annotation = [
            "kubectl",
            "annotate",
            "serviceaccount",
            "-n",
            &own.namespace,
            &own.service_account,
            "eks.amazonaws.com/role-arn-",
        ];
        let mut steps = vec![
            step(
                "Replace the pods",
                "Credentials are set up when a pod is made; annotation and association change no running pod. Restart what owns \
                 these pods.",
                Some(pods),
            ),
            step(
                "See in the log that it works",
                "Ingest what CloudTrail has delivered since (it takes minutes), then ask: the last call by `pod_identity` must be \
                 newer than the last by `irsa`, which must stand still.",
                Some(command(&["podtrail", "sql", &sql])),
            ),
        ];
        // A role that was set by hand in the pods has no annotation to take off.
        if self.account.is_none_or(|s| s.role_arn.is_some()) {
            steps.push(step(
                "Remove the annotation",
                "Then nothing is ambiguous any more, and pods that are made without the association get no role.",
                Some(command(&annotation)),
            ));
        }
        steps
    }
}
