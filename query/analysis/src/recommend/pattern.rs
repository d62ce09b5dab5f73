//! From the name of a resource to the text of a policy's `Resource`.

/// A resource as it stands in a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// The pattern.
    pub(super) pattern: String,
    /// Characters that IAM refuses in a policy were replaced by `*`.
    pub(super) refused: bool,
}

/// Writes a resource so that it fits exactly itself: `*`, `?` and `$` of an S3 key are escaped as
/// `${*}`, `${?}`, `${$}` (IAM user guide, "Policy variables"), and each run of characters that IAM
/// refuses in a document becomes `*`.
///
/// Only S3 keys may hold `*` and `?`. Elsewhere, and where it is a whole segment of a key, `*` is
/// what IAM itself checks or stands for what the event does not tell, and stays a wildcard.
pub(super) fn exact(resource: &str) -> Written {
    let Some((head, key)) = key_of(resource) else {
        return literal(resource, false);
    };
    let mut written = literal(head, false);
    for (at, segment) in key.split('/').enumerate() {
        if at > 0 {
            written.pattern.push('/');
        }
        let part = literal(segment, segment != "*");
        written.pattern.push_str(&part.pattern);
        written.refused |= part.refused;
    }
    written
}

/// An S3 ARN as everything up to and with the bucket's or access point's `/`, and the key.
fn key_of(resource: &str) -> Option<(&str, &str)> {
    let service = resource.split(':').nth(2)?;
    if !service.starts_with("s3") {
        return None;
    }
    let start = resource.splitn(6, ':').nth(5).map(|tail| resource.len() - tail.len())?;
    let depth = if resource.get(start..)?.starts_with("accesspoint/") {
        3
    } else {
        1
    };
    let tail = resource.get(start..)?;
    let slash = tail.match_indices('/').map(|(at, _)| at).nth(depth - 1)?;
    Some(resource.split_at(start + slash + 1))
}

/// Literal text of a pattern; `wild`: `*` and `?` are part of the name and must be escaped.
pub(super) fn literal(text: &str, wild: bool) -> Written {
    let mut pattern = String::with_capacity(text.len());
    let mut refused = false;
    for character in text.chars() {
        match character {
            '*' | '?' if wild => pattern.extend(["${", character.encode_utf8(&mut [0; 4]), "}"]),
            '$' => pattern.push_str("${$}"),
            '\t' | '\n' | '\r' | '\u{20}'..='\u{FF}' => pattern.push(character),
            _ => {
                refused = true;
                if !pattern.ends_with('*') {
                    pattern.push('*');
                }
            }
        }
    }
    Written { pattern, refused }
}

/// A name's segment with what varies from call to call as `*`: UUIDs, dates, times, long numbers and
/// hashes. None if nothing in it looks so.
pub(super) fn shape(segment: &str) -> Option<String> {
    let mut shape = String::new();
    let mut varies = false;
    let mut rest = segment;
    while !rest.is_empty() {
        let length = uuid(rest).unwrap_or_else(|| run(rest));
        let (part, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if length == 36 && uuid(rest).is_some() || variable(part) {
            varies = true;
            push_star(&mut shape);
        } else {
            shape.push_str(&literal(part, true).pattern);
        }
        rest = tail;
    }
    varies.then_some(shape)
}

/// Appends `*`, swallowing a separator between it and the one before: `*-*` is `*`.
fn push_star(shape: &mut String) {
    let between = shape.trim_end_matches(['-', '_', '.', ':', '=']);
    if between.ends_with('*') && !between.ends_with("${*") {
        let length = between.len();
        shape.truncate(length);
    } else {
        shape.push('*');
    }
}

/// Length of the UUID that the text starts with.
fn uuid(text: &str) -> Option<usize> {
    let head = text.as_bytes().get(..36)?;
    let fits = head.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    let ends = text.as_bytes().get(36).is_none_or(|next| !next.is_ascii_alphanumeric());
    (fits && ends).then_some(36)
}

/// Length of the first run of letters and digits, or of anything else.
fn run(text: &str) -> usize {
    let word = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    text.find(|c: char| c.is_ascii_alphanumeric() != word)
        .unwrap_or(text.len())
}

/// Whether a run of letters and digits is a value rather than a word.
fn variable(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let all = |test: fn(&u8) -> bool| run.bytes().all(|b| test(&b));
    // `2026`, and of a time what stands between separators: `23T08`, `00Z`.
    let number = digits >= 2 && all(|b| b.is_ascii_digit() || matches!(b, b'T' | b'Z'));
    let hash = run.len() >= 8 && digits >= 1 && all(u8::is_ascii_hexdigit);
    let random = run.len() >= 16 && digits >= 2 && all(u8::is_ascii_alphanumeric);
    number || hash || random
}
