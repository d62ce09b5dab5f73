//! `podtrail explain EVENT_ID|ACCESS_KEY|SESSION`

use podtrail_query::QueryError;

use super::Place;
use super::exit::Outcome;
use crate::output::terminal_text;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An event's id, or a session's: its access key id.
    #[arg(value_name = "EVENT_ID|ACCESS_KEY")]
    id: String,
    /// Print the answer of the API as JSON.
    #[arg(long)]
    json: bool,
}

/// Explains an event or, when no event has the id, a session.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let engine = place.engine().await?;
    match engine.event(&args.id).await {
        Ok(event) if args.json => println!("{}", serde_json::to_string(&event)?),
        Ok(event) => event
            .explanation
            .iter()
            .for_each(|line| println!("{}", terminal_text(line))),
        Err(QueryError::NotFound { .. }) => {
            let session = engine.session_detail(&args.id).await?;
            if args.json {
                println!("{}", serde_json::to_string(&session)?);
                return Ok(Outcome::Done);
            }
            for (depth, hop) in session.hops.iter().enumerate() {
                let arrow = if depth == 0 { "" } else { "→ " };
                let role = hop.session.role_arn.as_deref().unwrap_or("credentials without a role");
                let issue = hop
                    .issue
                    .as_ref()
                    .map_or("issue not in the lake", |issue| issue.event_id.as_str());
                let line = format!(
                    "{}{arrow}{role} as {} ({}; {issue})",
                    "  ".repeat(depth),
                    hop.session.session_id,
                    hop.session.method
                );
                println!("{}", terminal_text(&line));
            }
            let who = [
                &session.session.cluster,
                &session.session.namespace,
                &session.session.service_account,
                &session.session.pod,
            ];
            let who: Vec<&str> = who.into_iter().flatten().map(String::as_str).collect();
            println!(
                "{} calls, {} denied; {}",
                session.session.calls,
                session.session.denied,
                terminal_text(&who.join("/"))
            );
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Outcome::Done)
}
