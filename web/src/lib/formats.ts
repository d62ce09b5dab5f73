/** The forms in which a proposal can be had, as the API calls them. */

export type Format = "iam" | "iam-minified" | "terraform" | "cloudformation" | "eksctl";

/** What each is called, and what it holds. IAM JSON comes first: it is what the others are made of. */
export const FORMATS: Record<Format, { word: string; says: string }> = {
  iam: { word: "IAM", says: "The policy documents, beside today's." },
  "iam-minified": { word: "IAM minified", says: "The policy documents without white space, as IAM counts their size." },
  terraform: { word: "Terraform", says: "For Terraform's AWS provider. Comments say what must change elsewhere." },
  cloudformation: { word: "CloudFormation", says: "A template in YAML. Comments say what must change elsewhere." },
  eksctl: { word: "eksctl", says: "A ClusterConfig. Comments say what eksctl cannot set up." },
};

/** The name in a `Content-Disposition` header of the API, which puts it in quotes and escapes nothing. */
export function fileNameOf(disposition: string | null): string | undefined {
  return /filename="([^"/\\]+)"/.exec(disposition ?? "")?.[1];
}
