//! OpenID Connect issuers: which are EKS clusters.

/// An EKS cluster's issuer, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EksIssuer<'a> {
    /// Region of the cluster.
    pub region: &'a str,
    /// The issuer id: 32 hexadecimal digits. A re-created cluster has a new one.
    pub id: &'a str,
}

/// The issuer (host and path, without `https://`) of an OIDC provider's ARN; an issuer's URL is taken too.
///
/// `arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC…` gives
/// `oidc.eks.eu-west-1.amazonaws.com/id/ABC…`.
pub fn issuer_of(provider: &str) -> &str {
    match provider.split_once(":oidc-provider/") {
        Some((_, issuer)) => issuer,
        None => provider.strip_prefix("https://").unwrap_or(provider),
    }
}

/// The account of an OIDC provider's ARN: the owner of the roles that trust it, not always the cluster's.
pub fn account_of(arn: &str) -> Option<&str> {
    if !arn.starts_with("arn:") {
        return None;
    }
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// The region of an ARN.
pub(super) fn region_of(arn: &str) -> Option<&str> {
    if !arn.starts_with("arn:") {
        return None;
    }
    arn.split(':').nth(3).filter(|region| !region.is_empty())
}

/// The domains of EKS's issuers, each after its host's beginning: those of IPv4 and of dual-stack endpoints (EKS User
/// Guide, "Cluster API server endpoint"), with the suffixes of the partitions (botocore's `partitions.json`:
/// `dnsSuffix` and `dualStackDnsSuffix`).
const DOMAINS: [(&str, &str); 6] = [
    ("oidc.eks.", ".amazonaws.com"),
    ("oidc.eks.", ".amazonaws.com.cn"),
    ("oidc.eks.", ".amazonaws.eu"),
    ("oidc-eks.", ".api.aws"),
    ("oidc-eks.", ".api.amazonwebservices.com.cn"),
    ("oidc-eks.", ".api.amazonwebservices.eu"),
];

/// Takes an EKS issuer apart: `oidc.eks.<region>.amazonaws.com/id/<32 hexadecimal digits>` and its like in the other
/// domains, from an issuer, its URL, or a provider's ARN. `None` for every other issuer: a `system:serviceaccount:`
/// subject does not make a token EKS's.
pub fn eks_issuer(provider: &str) -> Option<EksIssuer<'_>> {
    let (host, id) = issuer_of(provider).split_once("/id/")?;
    let in_domain = |(start, end): &(&str, &str)| host.strip_prefix(start)?.strip_suffix(end);
    // A region holds no dot, so that one domain at most fits.
    let region = DOMAINS.iter().filter_map(in_domain).find(|region| is_region(region))?;
    let id_ok = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    id_ok.then_some(EksIssuer { region, id })
}

/// Whether an issuer, its URL or a provider's ARN begins as EKS's do, whatever follows.
pub fn looks_like_eks(provider: &str) -> bool {
    let issuer = issuer_of(provider);
    DOMAINS.iter().any(|(start, _)| issuer.starts_with(start))
}

fn is_region(text: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !text.is_empty() && text.bytes().all(is_letter)
}

/// The form in which issuers are compared: hosts do not care about case, and EKS writes ids in upper case.
pub(super) fn normal(provider: &str) -> String {
    issuer_of(provider).trim_end_matches('/').to_ascii_lowercase()
}

/// Namespace and ServiceAccount of a token's subject `system:serviceaccount:<namespace>:<name>`.
pub fn service_account_of(subject: &str) -> Option<(&str, &str)> {
    let (namespace, name) = subject.strip_prefix("system:serviceaccount:")?.split_once(':')?;
    (!namespace.is_empty() && !name.is_empty() && !name.contains(':')).then_some((namespace, name))
}

/// Provider and subject from a web identity's `principalId`, `<provider ARN>:<audience>:<subject>`, for
/// records that lack the fields of their own. The audience may hold colons; only subjects that are
/// ServiceAccounts can be told from it.
pub(crate) fn of_principal(principal_id: &str) -> Option<(&str, &str)> {
    let start = principal_id.find(":oidc-provider/")? + ":oidc-provider/".len();
    let end = start + principal_id.get(start..)?.find(':')?;
    let subject = principal_id.get(end..)?.find(":system:serviceaccount:")? + end + 1;
    Some((principal_id.get(..end)?, principal_id.get(subject..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "A8242F25BFBB8F98F5321B2AE63C8B5C";

    #[test]
    fn eks_issuers_of_every_form_are_recognised() {
        for (provider, region) in [
            (
                format!("arn:aws:iam::100000000002:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/{ID}"),
                "us-west-2",
            ),
            (
                format!("arn:aws-us-gov:iam::1:oidc-provider/oidc.eks.us-gov-west-1.amazonaws.com/id/{ID}"),
                "us-gov-west-1",
            ),
            (
                format!("arn:aws-cn:iam::1:oidc-provider/oidc.eks.cn-north-1.amazonaws.com.cn/id/{ID}"),
                "cn-north-1",
            ),
            (format!("https://oidc.eks.eu-west-1.amazonaws.com/id/{ID}"), "eu-west-1"),
            (
                format!("oidc.eks.eu-west-1.amazonaws.com/id/{}", ID.to_lowercase()),
                "eu-west-1",
            ),
            (
                format!("arn:aws:iam::1:oidc-provider/oidc-eks.us-west-2.api.aws/id/{ID}"),
                "us-west-2",
            ),
            (
                format!("https://oidc-eks.cn-north-1.api.amazonwebservices.com.cn/id/{ID}"),
                "cn-north-1",
            ),
            (
                format!("arn:aws-eusc:iam::1:oidc-provider/oidc.eks.eusc-de-east-1.amazonaws.eu/id/{ID}"),
                "eusc-de-east-1",
            ),
            (
                format!("oidc-eks.eusc-de-east-1.api.amazonwebservices.eu/id/{ID}"),
                "eusc-de-east-1",
            ),
        ] {
            let found = eks_issuer(&provider).map(|issuer| (issuer.region, issuer.id.to_uppercase()));
            assert_eq!(found, Some((region, ID.to_owned())), "{provider}");
        }
    }

    #[test]
    fn other_issuers_are_not() {
        for provider in [
            "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com",
            "arn:aws:iam::1234:oidc-provider/rh-oidc.s3.us-east-1.amazonaws.com/redacted",
            "arn:aws:iam::1:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/EXAMPLE",
            "arn:aws:iam::1:oidc-provider/oidc.eks.us-west-2.amazonaws.com.evil.example/id/A8242F25BFBB8F98F5321B2AE63C8B5C",
            "arn:aws:iam::1:oidc-provider/evil.example/oidc.eks.us-west-2.amazonaws.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C",
            "arn:aws:iam::1:oidc-provider/oidc.eks.a/b.amazonaws.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C",
            "arn:aws:iam::1:oidc-provider/oidc-eks.us-west-2.amazonaws.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C",
            "arn:aws:iam::1:oidc-provider/oidc-eks.us-west-2.evil.api.aws/id/A8242F25BFBB8F98F5321B2AE63C8B5C",
            "arn:aws:iam::1:oidc-provider/oidc.eks..amazonaws.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C",
            "accounts.google.com",
            "",
        ] {
            assert_eq!(eks_issuer(provider), None, "{provider}");
        }
    }

    #[test]
    fn subjects_of_service_accounts_and_others() {
        assert_eq!(
            service_account_of("system:serviceaccount:argo:plugin"),
            Some(("argo", "plugin"))
        );
        for other in [
            "organization:x:project:y",
            "system:serviceaccount:argo",
            "system:serviceaccount::sa",
            "system:serviceaccount:a:b:c",
        ] {
            assert_eq!(service_account_of(other), None, "{other}");
        }
    }

    #[test]
    fn principal_ids_of_web_identities_hold_provider_and_subject() {
        let provider = format!("arn:aws:iam::1:oidc-provider/oidc.eks.us-west-2.amazonaws.com/id/{ID}");
        for audience in ["sts.amazonaws.com", "https://example.org:8443/x"] {
            let principal = format!("{provider}:{audience}:system:serviceaccount:argo:plugin");
            assert_eq!(
                of_principal(&principal),
                Some((provider.as_str(), "system:serviceaccount:argo:plugin"))
            );
        }
        for other in [
            "AROAX:name",
            "arn:aws:iam::1:oidc-provider/x",
            "arn:aws:iam::1:oidc-provider/x:aud:repo:y",
        ] {
            assert_eq!(of_principal(other), None, "{other}");
        }
    }

    #[test]
    fn accounts_come_from_arns_only() {
        assert_eq!(account_of("arn:aws:iam::1234:oidc-provider/x"), Some("1234"));
        assert_eq!(account_of("arn:aws:s3:::bucket"), None);
        assert_eq!(account_of("accounts.google.com"), None);
    }
}
