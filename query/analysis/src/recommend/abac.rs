//! A workload's names in resources, written as the session tags that EKS gives.
//!
//! Source: EKS user guide, "Grant Pods access to AWS resources based on tags".

use crate::usage::Workload;

/// The names of a workload with the policy variable of each, the longest name first.
pub(super) struct Names(Vec<(String, &'static str)>);

impl Names {
    /// The names that the session tags carry. A ServiceAccount named as its namespace is written as the namespace.
    pub(super) fn of(workload: &Workload) -> Self {
        let arn = workload.cluster_arn.as_deref();
        let cluster = arn
            .and_then(|a| a.split_once(":cluster/"))
            .map_or(workload.cluster.as_str(), |(_, name)| name);
        let mut names = vec![
            (workload.namespace.clone(), "${aws:PrincipalTag/kubernetes-namespace}"),
            (
                workload.service_account.clone(),
                "${aws:PrincipalTag/kubernetes-service-account}",
            ),
            (cluster.to_owned(), "${aws:PrincipalTag/eks-cluster-name}"),
        ];
        names.retain(|(name, _)| !name.is_empty());
        // Stable: of equal names the first stays before the others, and the others are never met.
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self(names)
    }

    /// The pattern with each whole name in the resource's own part (what follows the account) as its variable. A name
    /// is whole where no letter or digit is next to it; escapes and variables stay as they are.
    pub(super) fn write(&self, pattern: &str) -> String {
        let Some(tail) = pattern.splitn(6, ':').nth(5) else {
            return pattern.to_owned();
        };
        let mut written = pattern.get(..pattern.len() - tail.len()).unwrap_or_default().to_owned();
        let (mut rest, mut before) = (tail, None);
        while let Some(next) = rest.chars().next() {
            let step = escape(rest).map(|e| (e, e)).or_else(|| self.name_at(rest, before));
            let (length, text) = match step {
                Some((found, text)) => (found.len(), text.to_owned()),
                None => (next.len_utf8(), next.to_string()),
            };
            written.push_str(&text);
            before = rest.get(..length).and_then(|t| t.chars().next_back());
            rest = rest.get(length..).unwrap_or_default();
        }
        written
    }

    fn name_at<'t>(&self, text: &'t str, before: Option<char>) -> Option<(&'t str, &'t str)>
    where
        'static: 't,
    {
        if before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        self.0.iter().find_map(|(name, variable)| {
            let after = text.strip_prefix(name.as_str())?;
            let whole = !after.starts_with(char::is_alphanumeric);
            whole.then(|| (text.get(..name.len()).unwrap_or_default(), *variable))
        })
    }
}

/// The `${…}` that a text starts with.
fn escape(text: &str) -> Option<&str> {
    let end = text.strip_prefix("${")?.find('}')?;
    text.get(..end + 3)
}
