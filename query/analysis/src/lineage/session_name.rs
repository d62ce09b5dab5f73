//! What a session's name says. Except for Pod Identity and EC2, whoever asks for a session chooses its name.

/// The session name that EKS Pod Identity gives: `eks-<cluster>-<pod>-<uuid>`, with at most the first ten
/// characters of each name. The UUID is random per issue; it is not the pod's uid.
/// (Form derived from real events; the documentation says only `eks-clustername-podname-randomUUID`.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodIdentityName<'a> {
    /// `<cluster>-<pod>`: both may hold hyphens, so only a known cluster name tells where to cut.
    pub prefixes: &'a str,
    /// The UUID.
    pub uuid: &'a str,
}

impl<'a> PodIdentityName<'a> {
    /// Takes a session name apart; `None` where it has another form.
    pub fn parse(name: &'a str) -> Option<Self> {
        let rest = name.strip_prefix("eks-")?;
        let cut = rest.len().checked_sub(36)?;
        let uuid = rest.get(cut..)?;
        let prefixes = rest.get(..cut)?.strip_suffix('-')?;
        let shape_ok = (3..=21).contains(&prefixes.len()) && prefixes.contains('-');
        (shape_ok && is_uuid(uuid)).then_some(Self { prefixes, uuid })
    }

    /// The beginning of the pod's name, if the cluster's name begins as the session name says.
    pub fn pod_prefix(&self, cluster_name: &str) -> Option<&'a str> {
        let pod = self.prefixes.strip_prefix(prefix(cluster_name))?.strip_prefix('-')?;
        (1..=10).contains(&pod.len()).then_some(pod)
    }
}

/// What a Pod Identity session name keeps of a cluster's or pod's name: its first ten characters.
pub fn prefix(name: &str) -> &str {
    name.get(..10).unwrap_or(name)
}

/// Whether the name is an EC2 instance id: `i-` and 8 to 17 hexadecimal digits.
pub fn is_instance_id(name: &str) -> bool {
    let Some(digits) = name.strip_prefix("i-") else {
        return false;
    };
    (8..=17).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether an SDK made the name up: it says nothing about who asked.
pub fn is_opaque(name: &str) -> bool {
    const WITH_NUMBER: [&str; 8] = [
        "botocore-session-",
        "aws-sdk-java-",
        "aws-sdk-js-session-",
        "aws-sdk-js-",
        "aws-sdk-php-",
        "aws-go-sdk-",
        "web-identity-token-",
        "",
    ];
    const CONSTANT: [&str; 3] = ["token-file-web-identity", "web-identity", "temporary-credentials"];
    let numbered = WITH_NUMBER.iter().any(|prefix| {
        let shortest = if prefix.is_empty() { 16 } else { 9 };
        name.strip_prefix(prefix)
            .is_some_and(|rest| (shortest..=20).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit()))
    });
    let hex = (32..=36).contains(&name.len()) && name.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    let base64 = name.len() == 48 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    numbered || CONSTANT.contains(&name) || hex || base64
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pod_identity_names_are_cut_by_the_cluster_name() {
        for (name, cluster, pod) in [
            (
                "eks-eksworksho-app1-498124c2-a555-40bf-9059-ca9a26821eb0",
                "eksworkshop-eksctl",
                Some("app1"),
            ),
            (
                "eks-eksworksho-app1-v1-56-d1861451-6ee5-4069-ae5d-741cbb99692a",
                "eksworkshop-eksctl",
                Some("app1-v1-56"),
            ),
            (
                "eks-eks-ref-sc-app2-17903385-6ee5-4069-ae5d-741cbb99692a",
                "eks-ref-scale",
                Some("app2"),
            ),
            (
                "eks-prod-web-7d9f8-17903385-6ee5-4069-ae5d-741cbb99692a",
                "prod",
                Some("web-7d9f8"),
            ),
            (
                "eks-prod-web-7d9f8-17903385-6ee5-4069-ae5d-741cbb99692a",
                "prod-web",
                Some("7d9f8"),
            ),
            (
                "eks-prod-web-7d9f8-17903385-6ee5-4069-ae5d-741cbb99692a",
                "staging",
                None,
            ),
            ("eks-eksworksho-app1-498124c2-a555-40bf-9059-ca9a26821eb0", "eks", None),
        ] {
            let parsed = PodIdentityName::parse(name);
            assert_eq!(
                parsed.and_then(|parsed| parsed.pod_prefix(cluster)),
                pod,
                "{name} {cluster}"
            );
        }
    }

    #[test]
    fn other_names_are_not_pod_identity() {
        for name in [
            "eks-498124c2-a555-40bf-9059-ca9a26821eb0",
            "eks-a-498124c2-a555-40bf-9059-ca9a26821eb0",
            "eks-eksworksho-app1-498124c2xa555-40bf-9059-ca9a26821eb0",
            "eks-eksworkshop-eksctl-app1-498124c2-a555-40bf-9059-ca9a26821eb0",
            "eks-ü498124c2-a555-40bf-9059-ca9a26821eb0",
            "botocore-session-1700000000",
            "",
        ] {
            assert_eq!(PodIdentityName::parse(name), None, "{name}");
        }
    }

    #[test]
    fn instance_ids_have_eight_to_seventeen_digits() {
        assert!(is_instance_id("i-07574d72") && is_instance_id("i-07574d724fb843fda"));
        assert!(!is_instance_id("i-0757") && !is_instance_id("i-07574d724fb843fdax") && !is_instance_id("id-07574d72"));
    }

    #[test]
    fn names_that_sdks_make_up_are_opaque() {
        for name in [
            "botocore-session-1700000000",
            "1699456147945229070",
            "aws-sdk-java-1700000000000",
            "aws-sdk-js-session-1700000000000",
            "aws-go-sdk-1688990515440126480",
            "web-identity-token-1700000000000",
            "token-file-web-identity",
            "498124c2-a555-40bf-9059-ca9a26821eb0",
            "NDk4MTI0YzItYTU1NS00MGJmLTkwNTktY2E5YTI2ODIxZWIw",
        ] {
            assert!(is_opaque(name), "{name}");
        }
        for name in ["web-7d9f8-x2x4z", "karpenter", "1699456147", "alice@example.com"] {
            assert!(!is_opaque(name), "{name}");
        }
    }
}
