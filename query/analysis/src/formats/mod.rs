//! Recommendations in the forms that people keep and apply: IAM JSON, Terraform, CloudFormation, eksctl.
//!
//! Everything here is a function of the recommendations; no form says when it was made or how often something was
//! called, so that a file changes only when what it would do changes. Each form has one place that escapes
//! ([`hcl::text`], [`yaml`], [`notes::line`]): names come from logs, and a log is written by whoever makes calls.

mod cloudformation;
mod eksctl;
pub(crate) mod hcl;
mod names;
mod notes;
mod policy_document;
mod terraform;
#[cfg(test)]
mod tests;
mod yaml;

use podtrail_iam::policy::build::{minified, pretty};
use serde_json::{Map, Value};

use crate::answer::Recommendation;
use crate::recommend::iam_documents;

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The policy documents alone, as JSON of two spaces a level.
    Iam,
    /// The same without white space: as IAM counts it.
    IamMinified,
    /// Resources of Terraform's AWS provider.
    Terraform,
    /// A CloudFormation template in YAML.
    Cloudformation,
    /// A `ClusterConfig` of eksctl for each cluster, in YAML.
    Eksctl,
}

impl Format {
    /// Every form, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Iam,
        Self::IamMinified,
        Self::Terraform,
        Self::Cloudformation,
        Self::Eksctl,
    ];

    /// The form of a name, such as the command and the API take it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Its name: lower case, words parted by `-`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::IamMinified => "iam-minified",
            Self::Terraform => "terraform",
            Self::Cloudformation => "cloudformation",
            Self::Eksctl => "eksctl",
        }
    }

    /// What HTTP calls it. Terraform's language has no registered type; YAML's is of RFC 9512.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Iam | Self::IamMinified => "application/json",
            Self::Terraform => "text/plain; charset=utf-8",
            Self::Cloudformation | Self::Eksctl => "application/yaml",
        }
    }

    /// What a file of it ends in, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Iam | Self::IamMinified => "json",
            Self::Terraform => "tf",
            Self::Cloudformation | Self::Eksctl => "yaml",
        }
    }
}

/// Writes recommendations in a form, ending with a line feed. The order in which they are given is kept; names in the
/// result depend on each recommendation alone, so one reads the same by itself and among others.
///
/// IAM JSON of a single recommendation is that of [`iam_documents`], else that of [`render_all`].
pub fn render(recommendations: &[Recommendation], format: Format) -> String {
    match (recommendations, format) {
        ([only], Format::Iam) => pretty(&iam_documents(only)) + "\n",
        ([only], Format::IamMinified) => minified(&iam_documents(only)) + "\n",
        _ => render_all(recommendations, format),
    }
}

/// As [`render`], but IAM JSON is an object of workload → documents however many there are.
pub fn render_all(recommendations: &[Recommendation], format: Format) -> String {
    let text = match format {
        Format::Iam => pretty(&by_workload(recommendations)) + "\n",
        Format::IamMinified => minified(&by_workload(recommendations)) + "\n",
        Format::Terraform => terraform::render(recommendations),
        Format::Cloudformation => cloudformation::render(recommendations),
        Format::Eksctl => eksctl::render(recommendations),
    };
    if text.is_empty() {
        "# Nothing is recommended.\n".to_owned()
    } else {
        text
    }
}

/// A name for a file with recommendations: the ServiceAccount's namespace and name if they are of one workload.
pub fn file_name(recommendations: &[Recommendation], format: Format) -> String {
    let stem = match recommendations {
        [only] => {
            let place = names::Place::of(only);
            format!("{}-{}", place.namespace, place.service_account)
        }
        _ => "recommendations".to_owned(),
    };
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    format!("{}.{}", stem.chars().map(safe).collect::<String>(), format.extension())
}

fn by_workload(recommendations: &[Recommendation]) -> Value {
    recommendations
        .iter()
        .map(|one| (one.workload.clone(), iam_documents(one)))
        .collect::<Map<_, _>>()
        .into()
}
