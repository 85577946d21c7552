//! The index of names, as it is used.

use steersman_meta::ApiResource;

use super::{Reader, Writer};
use crate::names::{Form, Name, Names};

pub(super) fn encode(body: &mut Writer, names: &Names) {
    body.list(names.as_slice(), |body, name| {
        body.u32(name.resource);
        body.u32(match name.form {
            Form::Kind => 0,
            Form::Plural => 1,
            Form::Singular => 2,
            Form::Short(at) => SHORT + u32::from(at),
        });
    });
}

/// `None` if it names what is not among the resources.
pub(super) fn decode(body: &mut Reader<'_>, resources: &[ApiResource]) -> Option<Names> {
    let names = body.list(|body| {
        let (resource, form) = (body.u32()?, body.u32()?);
        let named = resources.get(usize::try_from(resource).ok()?)?;
        let form = match form {
            0 => Form::Kind,
            1 => Form::Plural,
            2 => Form::Singular,
            at => {
                let at = u16::try_from(at - SHORT).ok()?;
                named.short_names.get(usize::from(at)).map(|_| Form::Short(at))?
            }
        };
        Some(Name { resource, form })
    })?;
    Some(Names::sorted(names))
}

/// Where the short names begin.
const SHORT: u32 = 3;
