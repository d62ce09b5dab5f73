//! Settings from a file: each becomes the default of the option of its name. Options and `PODTRAIL_*`
//! variables win.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Command;

/// Reads the settings file that the arguments or the environment name, else `podtrail.toml`, and makes its
/// values the defaults.
///
/// # Errors
/// When a named file cannot be read, or holds a setting that no command knows.
pub(super) fn apply(command: Command, arguments: &[OsString]) -> anyhow::Result<Command> {
    let named = named(arguments).or_else(|| std::env::var_os("PODTRAIL_CONFIG").map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from("podtrail.toml"));
    if named.is_none() && !path.exists() {
        return Ok(command);
    }
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("the settings file `{}` cannot be read", path.display()))?;
    with_settings(command, &text).with_context(|| format!("in the settings file `{}`", path.display()))
}

/// The value of `--config` among raw arguments: it must be known before the others are parsed.
fn named(arguments: &[OsString]) -> Option<PathBuf> {
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if argument == "--config" {
            return rest.next().map(PathBuf::from);
        }
        if let Some(value) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            return Some(PathBuf::from(value));
        }
    }
    None
}

fn with_settings(mut command: Command, text: &str) -> anyhow::Result<Command> {
    let settings: toml::Table = toml::from_str(text)?;
    for (name, value) in settings {
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            _ => bail!("`{name}` must be a text, a whole number, or true or false"),
        };
        let mut known = false;
        command = set_default(command, &name, &value, &mut known);
        if !known {
            bail!("`{name}` is no setting: settings are named as the options are, for example `data` or `listen`");
        }
    }
    Ok(command)
}

fn set_default(command: Command, name: &str, value: &str, known: &mut bool) -> Command {
    let option = command
        .get_arguments()
        .find(|argument| argument.get_long() == Some(name))
        .map(|argument| argument.get_id().clone());
    let mut command = match option {
        Some(id) => {
            *known = true;
            let value = value.to_owned();
            command.mut_arg(id, |argument| argument.default_value(value))
        }
        None => command,
    };
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for sub in names {
        command = command.mut_subcommand(sub, |sub| set_default(sub, name, value, known));
    }
    command
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::cli::Cli;

    fn parse(settings: &str, arguments: &[&str]) -> Cli {
        let command = with_settings(Cli::command(), settings).unwrap();
        Cli::from_arg_matches(&command.try_get_matches_from(arguments).unwrap()).unwrap()
    }

    #[test]
    fn a_setting_is_a_default_and_an_option_wins() {
        let settings = "data = \"/srv/podtrail\"\nlimit = 5";
        assert_eq!(
            parse(settings, &["podtrail", "status"]).place.data,
            PathBuf::from("/srv/podtrail")
        );
        let chosen = parse(settings, &["podtrail", "--data", "here", "status"]);
        assert_eq!(chosen.place.data, PathBuf::from("here"));
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let error = with_settings(Cli::command(), "dta = \"x\"").unwrap_err().to_string();
        assert!(error.contains("`dta` is no setting"), "{error}");
    }

    #[test]
    fn the_file_is_found_among_raw_arguments() {
        let arguments = |list: &[&str]| list.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(
            named(&arguments(&["podtrail", "--config", "a.toml"])),
            Some("a.toml".into())
        );
        assert_eq!(
            named(&arguments(&["podtrail", "--config=b.toml"])),
            Some("b.toml".into())
        );
        assert_eq!(named(&arguments(&["podtrail", "status"])), None);
    }
}
