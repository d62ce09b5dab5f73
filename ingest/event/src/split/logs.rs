//! What CloudWatch Logs gives of a log, in each of its ways: lines with the time before them (an export to S3), the
//! envelope that subscriptions send (`messageType`, `owner`, `logGroup`, `logStream`, `logEvents`), and answers of
//! FilterLogEvents and GetLogEvents (`events`). Each line is a text that may hold a record.

use crate::cut;
use crate::shape::value_of;
use crate::walk::Member;

/// Where a line of CloudWatch Logs is from, as far as the envelope around it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LogSource {
    /// The account that owns the log group.
    pub(crate) owner: Option<String>,
    /// The log group: `/aws/eks/<cluster>/cluster` for the control plane of an EKS cluster.
    pub(crate) group: Option<String>,
    /// The stream: `kube-apiserver-audit-…` for audit events.
    pub(crate) stream: Option<String>,
    /// The envelope tells of the subscription itself, not of the log.
    control: bool,
}

impl LogSource {
    /// What the members before `logEvents` say; `None` for other containers.
    pub(super) fn of_envelope(bytes: &[u8], members: &[Member]) -> Option<Self> {
        let value = |key: &str| {
            let member = members
                .iter()
                .find(|member| member.level == 1 && member.key.bytes(bytes) == key.as_bytes())?;
            plain(std::str::from_utf8(member.value.bytes(bytes)).ok()?)
        };
        let kind = value("messageType");
        let source = Self {
            owner: value("owner"),
            group: value("logGroup"),
            stream: value("logStream"),
            control: kind.as_deref() == Some("CONTROL_MESSAGE"),
        };
        (kind.is_some() || source.group.is_some()).then_some(source)
    }

    /// The same for one line that names its stream, as those of FilterLogEvents do.
    pub(super) fn of_line(json: &str, members: &[Member], around: Option<&Self>) -> Option<Self> {
        let stream = plain(value_of(json, members, "logStreamName")?)?;
        Some(Self {
            stream: Some(stream),
            ..around.cloned().unwrap_or_default()
        })
    }

    /// The EKS cluster whose control plane wrote the log, by the name of the group.
    pub(crate) fn cluster(&self) -> Option<&str> {
        let name = self
            .group
            .as_deref()?
            .strip_prefix("/aws/eks/")?
            .strip_suffix("/cluster")?;
        (!name.is_empty() && !name.contains('/')).then_some(name)
    }
}

/// A JSON string without escapes: names of groups, streams and accounts have none.
fn plain(value: &str) -> Option<String> {
    let text = value.strip_prefix('"')?.strip_suffix('"')?;
    (!text.is_empty() && !text.contains('\\')).then(|| text.to_owned())
}

/// The text of a line that holds an object, quotes included.
pub(super) fn message<'a>(json: &'a str, members: &[Member]) -> Option<&'a str> {
    value_of(json, members, "timestamp")?;
    let message = value_of(json, members, "message")?;
    let inside = message.strip_prefix('"')?;
    inside.trim_start().starts_with('{').then_some(message)
}

/// Whether this line only tells that a subscription works: it is no record, and nothing is lost with it.
pub(super) fn is_control(json: &str, members: &[Member], log: Option<&LogSource>) -> bool {
    log.is_some_and(|log| log.control) && value_of(json, members, "message").is_some()
}

/// What stands before an element.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// Nothing of a log.
    None,
    /// The time of a line, so many bytes with the space after it.
    Time(usize),
    /// More bytes are needed to tell.
    Open,
}

/// The form of the time before a line: digits where digits are, a fraction of any length.
const TIME: &[u8] = b"0000-00-00T00:00:00";

/// Whether the time of an exported line (`2026-10-18T09:15:02.123Z `) begins here.
pub(super) fn lead(rest: &[u8], last: bool) -> Lead {
    if !rest.first().is_some_and(u8::is_ascii_digit) {
        return Lead::None;
    }
    let open = if last { Lead::None } else { Lead::Open };
    for (at, form) in TIME.iter().enumerate() {
        match rest.get(at) {
            None => return open,
            Some(byte) if byte == form || (*form == b'0' && byte.is_ascii_digit()) => {}
            Some(_) => return Lead::None,
        }
    }
    let fraction = cut(rest, TIME.len(), rest.len().min(TIME.len() + 12));
    let digits = match fraction.split_first() {
        Some((b'.', digits)) => 1 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    let end = TIME.len() + digits;
    match (rest.get(end), rest.get(end + 1)) {
        (Some(b'Z'), Some(b' ')) => Lead::Time(end + 2),
        (None, _) | (Some(b'Z'), None) => open,
        _ => Lead::None,
    }
}
