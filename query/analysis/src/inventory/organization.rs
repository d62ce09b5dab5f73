//! The organization's policies over an account: `{"organizationPolicies": {"account": …, "serviceControlPolicies": …}}`.
//!
//! AWS Organizations answers for one target at a time, and no answer says which level it is of; so the levels are put
//! together by who asks, in the order in which they stand: the root, each organizational unit on the way, the account.

use podtrail_iam::policy::{Policy, PolicyKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parse::Place;
use super::{Inventory, InventoryError, Object};

/// The member that tells such a document.
pub(super) const NAME: &str = "organizationPolicies";
const KIND: &str = "an account's organization policies";

/// Service control policies over one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountPolicies {
    /// The account, twelve digits.
    pub account: String,
    /// The documents (JSON text) of each level: root, each organizational unit, account.
    pub service_control_policies: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Given {
    account: Option<String>,
    #[serde(default)]
    service_control_policies: Vec<Vec<Value>>,
}

/// Reads the document. Each policy is an object, or a text that holds one, as `aws organizations describe-policy` has it
/// in `Content`.
pub(super) fn policies(place: &Place<'_>) -> Result<Object, InventoryError> {
    let given: Given = place.read(KIND)?;
    let account = place.needed(given.account, "account", KIND)?;
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        let message = format!("`account` is `{account}`; an account has twelve digits");
        return Err(place.malformed(KIND, &message));
    }
    let mut levels = Vec::new();
    for (level, documents) in given.service_control_policies.into_iter().enumerate() {
        let mut texts = Vec::new();
        for (at, document) in documents.into_iter().enumerate() {
            let text = document.as_str().map_or_else(|| document.to_string(), str::to_owned);
            let read = Policy::parse(&text).and_then(|policy| policy.check(PolicyKind::Identity));
            read.map_err(|error| {
                place.malformed(
                    KIND,
                    &format!("`serviceControlPolicies/{level}/{at}` is no policy: {error}"),
                )
            })?;
            texts.push(text);
        }
        levels.push(texts);
    }
    Ok(Object::AccountPolicies(AccountPolicies {
        account,
        service_control_policies: levels,
    }))
}

impl Inventory {
    /// The service control policies over a role's account by level, compiled; empty where none is known.
    pub fn scps(&self, role_arn: &str) -> Vec<Vec<Policy>> {
        let account = role_arn.split(':').nth(4).unwrap_or_default();
        let known = self.account_policies.iter().find(|known| known.account == account);
        let levels = known.map_or(&[][..], |known| &known.service_control_policies);
        let compiled = |level: &Vec<String>| level.iter().filter_map(|text| Policy::parse(text).ok()).collect();
        levels.iter().map(compiled).collect()
    }
}
