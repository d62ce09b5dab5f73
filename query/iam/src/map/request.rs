//! A call with its JSON parsed: what the rules look at.

use serde_json::Value;

use super::Call;
use super::arn::Place;
use super::params::{Params, child};

/// One entry of the record's `resources[]`.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    /// The ARN, or with `prefix` the beginning of the ARNs of all that was touched.
    pub(crate) arn: String,
    pub(crate) prefix: bool,
}

/// A call as the rules see it.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) prefix: &'static str,
    pub(crate) operation: &'a str,
    pub(crate) params: Params,
    pub(crate) response: Params,
    pub(crate) logged: Vec<Logged>,
    pub(crate) place: Place,
}

impl<'a> Request<'a> {
    pub(crate) fn new(call: &'a Call<'a>, prefix: &'static str, operation: &'a str) -> Self {
        let resources = Params::parse(call.resources);
        Self {
            call,
            prefix,
            operation,
            params: unwrapped(Params::parse(call.request_parameters), operation),
            response: Params::parse(call.response_elements),
            logged: logged(&resources.0),
            place: place(call, &resources.0),
        }
        .with_owner()
    }

    /// Some calls name the account that owns what they touch.
    fn with_owner(mut self) -> Self {
        let key = match self.prefix {
            "ecr" => "registryId",
            "glue" => "catalogId",
            "sqs" => "queueOwnerAWSAccountId",
            "s3" => "accountId",
            _ => return self,
        };
        let is_account = |text: &String| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        let from_url = || {
            let url = self.params.text("queueUrl")?;
            url.rsplit('/').nth(1).map(str::to_owned)
        };
        if let Some(account) = self.params.text(key).or_else(from_url).filter(is_account) {
            self.place.account = account;
        }
        self
    }

    /// The ARNs that `resources[]` names exactly.
    pub(crate) fn logged_arns(&self) -> impl Iterator<Item = &str> {
        self.logged.iter().filter(|l| !l.prefix).map(|l| l.arn.as_str())
    }
}

/// EC2's newer calls stand in `{"CreateFleetRequest": {…}}`.
fn unwrapped(params: Params, operation: &str) -> Params {
    match params
        .get(&format!("{operation}Request"))
        .filter(|inner| inner.is_object())
    {
        Some(inner) => Params(inner.clone()),
        None => params,
    }
}

fn logged(resources: &Value) -> Vec<Logged> {
    let entries = resources.as_array().map(Vec::as_slice).unwrap_or_default();
    let arn = |entry: &Value, key: &str, prefix: bool| {
        let arn = child(entry, key)?
            .as_str()
            .filter(|a| a.starts_with("arn:"))?
            .to_owned();
        Some(Logged { arn, prefix })
    };
    entries
        .iter()
        .filter_map(|e| arn(e, "ARN", false).or_else(|| arn(e, "ARNPrefix", true)))
        .collect()
}

/// The partition of the caller, the event's region, and the account that owns what was touched.
fn place(call: &Call<'_>, resources: &Value) -> Place {
    let region = call.aws_region.unwrap_or_default();
    let by_region = match region {
        r if r.starts_with("cn-") => "aws-cn",
        r if r.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    let caller = [call.issuer_arn, call.identity_arn].into_iter().flatten();
    let partition = caller
        .filter_map(|arn| arn.split(':').nth(1))
        .find(|p| p.starts_with("aws"))
        .unwrap_or(by_region);
    Place {
        partition: partition.to_owned(),
        region: region.to_owned(),
        account: owner(resources)
            .or(call.recipient_account_id)
            .or(call.identity_account_id)
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The account of `resources[]` where all entries agree on one.
fn owner(resources: &Value) -> Option<&str> {
    let entries = resources.as_array()?;
    let mut accounts = entries
        .iter()
        .filter_map(|e| child(e, "accountId")?.as_str())
        .filter(|a| !a.is_empty());
    let first = accounts.next()?;
    accounts.all(|a| a == first).then_some(first)
}
