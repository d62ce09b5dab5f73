//! `userIdentity`: who called, in columns; what has no column stays under the same path in `extra`.

use crate::event::Event;
use crate::fields::{Extra, Field};
use crate::time::Timestamp;
use crate::walk::Member;
use std::borrow::Cow;

/// Reads `userIdentity` into its columns; what it is not (a string, say) is kept aside.
pub(crate) fn read<'a>(event: &mut Event<'a>, field: Field<'a>, extra: &mut Extra<'a>, inner: Inner<'a, '_>) {
    let mut rest = Extra::default();
    let mut provider = None;
    let known = each(field, inner, |field, inner| match field.key {
        "type" => rest.put(&mut event.identity_type, field),
        "principalId" => rest.put(&mut event.principal_id, field),
        "arn" => rest.put(&mut event.identity_arn, field),
        "accountId" => rest.put(&mut event.identity_account_id, field),
        "accessKeyId" => rest.put(&mut event.access_key_id, field),
        "userName" => rest.put(&mut event.user_name, field),
        "invokedBy" => rest.put(&mut event.invoked_by, field),
        "sessionContext" => session(event, field, &mut rest, inner),
        "identityProvider" => {
            provider = field.text().ok().flatten();
            rest.keep(field);
        }
        _ => rest.keep(field),
    });
    if !known {
        return extra.keep(field);
    }
    extra.nest(field.key, rest);
    // A federated caller has no session yet: its provider stands in the identity itself.
    if event.federated_provider.is_none()
        && matches!(event.identity_type.as_deref(), Some("WebIdentityUser" | "SAMLUser"))
    {
        event.federated_provider = provider;
    }
    event.session_name = session_name(event);
}

/// The part of an assumed role's `principalId` (`AROA…:session`) after the first colon. A web
/// identity's `principalId` has colons too, and no session name.
fn session_name<'a>(event: &Event<'a>) -> Option<Cow<'a, str>> {
    let session = event.issuer_id.is_some() || event.issuer_arn.is_some();
    match event.identity_type.as_deref() {
        Some("AssumedRole" | "FederatedUser") => {}
        Some("WebIdentityUser" | "SAMLUser") => return None,
        _ if session => {}
        _ => return None,
    }
    let name = match event.principal_id.as_ref()? {
        Cow::Borrowed(id) => Cow::Borrowed(id.split_once(':')?.1),
        Cow::Owned(id) => Cow::Owned(id.split_once(':')?.1.to_owned()),
    };
    Some(name).filter(|name| !name.is_empty())
}

fn session<'a>(event: &mut Event<'a>, field: Field<'a>, extra: &mut Extra<'a>, inner: Inner<'a, '_>) {
    let mut rest = Extra::default();
    let known = each(field, inner, |field, inner| match field.key {
        "sessionIssuer" => issuer(event, field, &mut rest, inner),
        "attributes" => attributes(event, field, &mut rest, inner),
        "webIdFederationData" => federation(event, field, &mut rest, inner),
        "ec2RoleDelivery" => rest.put(&mut event.ec2_role_delivery, field),
        "sourceIdentity" => rest.put(&mut event.source_identity, field),
        _ => rest.keep(field),
    });
    if known {
        extra.nest(field.key, rest)
    } else {
        extra.keep(field)
    }
}

fn issuer<'a>(event: &mut Event<'a>, field: Field<'a>, extra: &mut Extra<'a>, inner: Inner<'a, '_>) {
    let mut rest = Extra::default();
    let known = each(field, inner, |field, _| match field.key {
        "arn" => rest.put(&mut event.issuer_arn, field),
        "principalId" => rest.put(&mut event.issuer_id, field),
        _ => rest.keep(field),
    });
    if known {
        extra.nest(field.key, rest)
    } else {
        extra.keep(field)
    }
}

fn attributes<'a>(event: &mut Event<'a>, field: Field<'a>, extra: &mut Extra<'a>, inner: Inner<'a, '_>) {
    let mut rest = Extra::default();
    let known = each(field, inner, |field, _| match field.key {
        "creationDate" => put_time(&mut event.session_created, field, &mut rest),
        _ => rest.keep(field),
    });
    if known {
        extra.nest(field.key, rest)
    } else {
        extra.keep(field)
    }
}

fn federation<'a>(event: &mut Event<'a>, field: Field<'a>, extra: &mut Extra<'a>, inner: Inner<'a, '_>) {
    let mut rest = Extra::default();
    let known = each(field, inner, |field, _| match field.key {
        "federatedProvider" => rest.put(&mut event.federated_provider, field),
        _ => rest.keep_unless_empty(field),
    });
    if known {
        extra.nest(field.key, rest)
    } else {
        extra.keep(field)
    }
}

/// Puts a time into its column; a text that is none is kept aside as it stands.
pub(crate) fn put_time<'a>(slot: &mut Option<Timestamp>, field: Field<'a>, extra: &mut Extra<'a>) {
    let text = field.text().ok().flatten();
    match text.and_then(|text| Timestamp::parse(&text)) {
        Some(time) if slot.is_none() => *slot = Some(time),
        _ => extra.keep(field),
    }
}

/// The object that holds some members, and the members that follow one of them.
#[derive(Clone, Copy)]
pub(crate) struct Inner<'a, 'm> {
    json: &'a str,
    members: &'m [Member],
    level: u32,
}

impl<'a, 'm> Inner<'a, 'm> {
    /// What follows the member at `index`: among it, first, the members of its value.
    pub(crate) fn after(json: &'a str, members: &'m [Member], index: usize) -> Self {
        let level = members.get(index).map_or(1, |member| member.level);
        Self {
            json,
            members: members.get(index + 1..).unwrap_or_default(),
            level,
        }
    }
}

/// Calls `visit` with each member of the field's object; false when it is not an object.
fn each<'a, 'm>(field: Field<'a>, inner: Inner<'a, 'm>, mut visit: impl FnMut(Field<'a>, Inner<'a, 'm>)) -> bool {
    if !field.value.starts_with('{') {
        return false;
    }
    for (index, member) in inner.members.iter().enumerate() {
        if member.level <= inner.level {
            break;
        }
        if member.level == inner.level + 1 {
            visit(
                Field::new(inner.json, member),
                Inner::after(inner.json, inner.members, index),
            );
        }
    }
    true
}
