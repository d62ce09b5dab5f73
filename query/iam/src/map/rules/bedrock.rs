//! Amazon Bedrock: one parameter names a foundation model, an inference profile or any other thing that answers.
//! Source: "Prerequisites for inference profiles" in the Bedrock user guide.

use super::Actions;
use crate::map::names;
use crate::map::request::Request;

/// Prefixes of ids of AWS's own cross-region inference profiles.
const AREAS: &[&str] = &["us.", "us-gov.", "eu.", "apac.", "jp.", "au.", "ca.", "global."];

/// Maps calls that name a model; false leaves all else to the tables.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    let runs = matches!(
        request.operation,
        "InvokeModel"
            | "InvokeModelWithBidirectionalStream"
            | "InvokeModelWithResponseStream"
            | "Converse"
            | "ConverseStream"
            | "StartAsyncInvoke"
    );
    let Some(model) = request.params.text("modelId").filter(|_| runs) else {
        return false;
    };
    let resources = models(request, &model);
    for action in names::actions("bedrock", request.operation) {
        out.add(action, resources.clone(), "the model in the parameters");
    }
    true
}

/// The model; for an inference profile the profile and its model in whichever region the profile sends the call to.
fn models(request: &Request<'_>, id: &str) -> Vec<String> {
    if id.starts_with("arn:") {
        return vec![id.to_owned()];
    }
    let mut place = request.place.clone();
    match AREAS.iter().find_map(|area| id.strip_prefix(area)) {
        Some(model) => {
            let profile = place.arn("bedrock", &format!("inference-profile/{id}"));
            place.account.clear();
            place.region = "*".to_owned();
            vec![profile, place.arn("bedrock", &format!("foundation-model/{model}"))]
        }
        None => {
            place.account.clear();
            vec![place.arn("bedrock", &format!("foundation-model/{id}"))]
        }
    }
}
