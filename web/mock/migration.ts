/** How an IRSA workload of the mock estate moves to Pod Identity. */
import type { Migration } from "../src/api/types.ts";
import { idOf } from "./answers.ts";
import { recommendation } from "./recommendation.ts";
import type { WorkloadSeed } from "./seed.ts";

export function migration(seed: WorkloadSeed): Migration {
  const name = seed.role.split("/").at(-1) ?? "";
  const pods = { Effect: "Allow", Principal: { Service: "pods.eks.amazonaws.com" }, Action: ["sts:AssumeRole", "sts:TagSession"] };
  const current = recommendation(seed).recommendations[0]?.trust.current as { Version: string; Statement: object[] } | undefined;
  const association = { clusterName: seed.cluster, namespace: seed.namespace, serviceAccount: seed.service_account, roleArn: seed.role };
  const blockers = seed.mechanism === "irsa" ? (seed.sharedBy > 1 ? [`the role is shared by ${seed.sharedBy} workloads: move them together, or give this one a role of its own first`] : []) : ["the workload does not use IRSA"];
  return {
    workload: idOf(seed),
    role_arn: seed.role,
    possible: blockers.length === 0,
    blockers,
    steps: [
      { title: "Install the agent", why: "Without the add-on no pod gets credentials by Pod Identity.", command: `aws eks create-addon --cluster-name ${seed.cluster} --addon-name eks-pod-identity-agent`, document: null },
      { title: "Let the role be assumed both ways", why: "While both are trusted, a pod keeps working whichever way it asks.", command: `aws iam update-assume-role-policy --role-name ${name} --policy-document file://trust-during.json`, document: { Version: "2012-10-17", Statement: [...(current?.Statement ?? []), pods] } },
      { title: "Create the association", why: "It names the ServiceAccount and its role.", command: `aws eks create-pod-identity-association --cli-input-json file://association.json`, document: association },
      { title: "Restart the pods", why: "Credentials are chosen when a pod starts.", command: `kubectl -n ${seed.namespace} rollout restart deployment ${seed.service_account}`, document: null },
      { title: "Take the annotation and the old trust away", why: "When the trail shows no more AssumeRoleWithWebIdentity for it.", command: `kubectl -n ${seed.namespace} annotate serviceaccount ${seed.service_account} eks.amazonaws.com/role-arn-`, document: null },
    ],
    association,
    trust_policy: { current: current ?? null, during: { Version: "2012-10-17", Statement: [...(current?.Statement ?? []), pods] }, proposed: { Version: "2012-10-17", Statement: [{ ...pods, Condition: { StringEquals: { "aws:SourceAccount": seed.account } } }] } },
    terraform: `resource "aws_eks_pod_identity_association" "${seed.service_account}" {\n  cluster_name    = "${seed.cluster}"\n  namespace       = "${seed.namespace}"\n  service_account = "${seed.service_account}"\n  role_arn        = "${seed.role}"\n}\n`,
    after: {
      session_name_pattern: `eks-${seed.cluster}-<pod>-<uuid>`,
      tags: [
        { key: "eks-cluster-arn", value: `arn:aws:eks:eu-west-1:${seed.account}:cluster/${seed.cluster}` },
        { key: "eks-cluster-name", value: seed.cluster },
        { key: "kubernetes-namespace", value: seed.namespace },
        { key: "kubernetes-service-account", value: seed.service_account },
        { key: "kubernetes-pod-name", value: "<pod>" },
        { key: "kubernetes-pod-uid", value: "<uid>" },
      ],
    },
    notes: ["Conditions on the subject of the token (`:sub`) have no counterpart: use the session tags."],
  };
}
