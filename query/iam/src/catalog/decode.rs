//! Reads the compressed tables. Each is decompressed once and leaked, so that every name is `&'static str`.

use super::{AccessLevel, Action, Catalog, ConditionKey, ResourceType, Service};

/// Far above the largest table; bounds the work of a damaged file.
const LIMIT: usize = 16 << 20;

/// Why a table cannot be read; only a build with damaged files can show it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodeError {
    #[error("the table does not decompress")]
    Compression(#[from] std::io::Error),
    #[error("the table is not UTF-8")]
    Text(#[from] std::string::FromUtf8Error),
    #[error("line {line} of the table cannot be read: `{text}`")]
    Line { line: usize, text: String },
}

/// The decompressed text, kept for the life of the process.
pub(crate) fn text(packed: &[u8]) -> Result<&'static str, DecodeError> {
    let bytes = zstd::bulk::decompress(packed, LIMIT)?;
    Ok(Box::leak(String::from_utf8(bytes)?.into_boxed_str()))
}

/// Decodes the action table; `tools/README.md` describes its lines.
pub(crate) fn catalog(packed: &[u8]) -> Result<Catalog, DecodeError> {
    let mut out = Catalog {
        services: Vec::new(),
        actions: Vec::new(),
        date: "",
        versions: Vec::new(),
        learned: std::collections::HashMap::new(),
    };
    for (at, line) in text(packed)?.lines().enumerate() {
        add_line(&mut out, line).ok_or_else(|| DecodeError::Line {
            line: at + 1,
            text: line.to_owned(),
        })?;
    }
    Ok(out)
}

fn add_line(out: &mut Catalog, line: &'static str) -> Option<()> {
    let mut fields = line.split('\t');
    let kind = fields.next()?;
    let first = fields.next()?;
    match kind {
        "#date" => out.date = first,
        "S" => {
            let actions = out.actions.len()..out.actions.len();
            let rcp = fields.next()? == "r";
            out.services.push(Service {
                prefix: first,
                rcp,
                types: Vec::new(),
                keys: Vec::new(),
                actions,
            });
        }
        "K" => out.services.last_mut()?.keys.push(ConditionKey {
            name: first,
            kind: fields.next()?,
        }),
        "R" => {
            let patterns = fields.next()?.split(',').map(str::trim).collect();
            let keys = indexes(fields.next()?)?;
            out.services.last_mut()?.types.push(ResourceType {
                name: first,
                patterns,
                keys,
            });
        }
        "A" => {
            let level = level(fields.next()?)?;
            let types = fields.next()?.split_whitespace().map(type_use).collect::<Option<_>>()?;
            let keys = indexes(fields.next()?)?;
            let service = out.services.len().checked_sub(1)?;
            out.actions.push(Action {
                name: first,
                level,
                types,
                keys,
                service,
            });
            out.services.last_mut()?.actions.end += 1;
        }
        "E" => {
            out.learned.insert(first, fields.next()?);
        }
        _ => out.versions.push((kind.strip_prefix('#')?, first)),
    }
    Some(())
}

fn indexes(text: &str) -> Option<Vec<usize>> {
    text.split_whitespace().map(|index| index.parse().ok()).collect()
}

/// `3*` is the service's fourth type, named by every call; `3` is one that a call may name.
fn type_use(text: &str) -> Option<(usize, bool)> {
    let index = text.strip_suffix('*').unwrap_or(text);
    Some((index.parse().ok()?, text.ends_with('*')))
}

fn level(letter: &str) -> Option<AccessLevel> {
    Some(match letter {
        "R" => AccessLevel::Read,
        "L" => AccessLevel::List,
        "W" => AccessLevel::Write,
        "T" => AccessLevel::Tagging,
        "P" => AccessLevel::PermissionsManagement,
        _ => return None,
    })
}
