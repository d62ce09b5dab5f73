//! AWS Secrets Manager: a secret's ARN ends in six random characters that its name lacks.

use super::{Actions, by_name};
use crate::map::request::Request;

/// Maps calls on a secret to its ARN; calls without one by name.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    if request.operation == "BatchGetSecretValue" {
        add_batch(out);
        return true;
    }
    let id = request.params.first(&["secretId"]).or_else(|| match request.operation {
        "CreateSecret" => request.params.text("name"),
        _ => None,
    });
    let Some(id) = id else {
        by_name(out);
        return true;
    };
    let action = format!("secretsmanager:{}", request.operation);
    // The answer names the secret in full; a secret that does not exist yet is checked by its name.
    let answered = request
        .response
        .first(&["arn"])
        .filter(|_| request.operation != "CreateSecret");
    let answered = answered.filter(|arn| arn.starts_with("arn:"));
    out.add(
        &action,
        vec![answered.unwrap_or_else(|| secret_arn(request, &id))],
        "the event's name",
    );
    true
}

/// The batch call itself has no resource; each secret is read as by `GetSecretValue`.
fn add_batch(out: &mut Actions<'_, '_>) {
    let request = out.request;
    out.add_resolved("secretsmanager:BatchGetSecretValue", "the event's name");
    let listed = request.params.values("secretIdList");
    if listed.is_empty() {
        out.add_resolved("secretsmanager:ListSecrets", "a batch by filter lists the secrets");
        let any = vec![request.place.arn("secretsmanager", "secret:*")];
        out.add(
            "secretsmanager:GetSecretValue",
            any,
            "the request does not name the secrets: any in the account and region",
        );
    } else {
        let arns = listed.iter().map(|id| secret_arn(request, id)).collect();
        out.add("secretsmanager:GetSecretValue", arns, "each secret of the batch");
    }
}

/// An ARN as it is when it has its suffix; else with `-??????`, which stands for the suffix in a policy.
fn secret_arn(request: &Request<'_>, id: &str) -> String {
    let arn = match id.starts_with("arn:") {
        true => id.to_owned(),
        false => request.place.arn("secretsmanager", &format!("secret:{id}")),
    };
    if id.starts_with("arn:") && has_suffix(id) {
        arn
    } else {
        format!("{arn}-??????")
    }
}

fn has_suffix(arn: &str) -> bool {
    arn.rsplit_once('-')
        .is_some_and(|(_, tail)| tail.len() == 6 && tail.bytes().all(|b| b.is_ascii_alphanumeric()))
}
