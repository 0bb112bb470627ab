//! What a target says of its organization, of our credential, and of what it has brought along.
//!
//! Not responsible for what the credential may do really: the first write shows that.

use super::checkup::{Announced, Area, Finding, Rows};
use super::types::Totals;
use crate::plan::counted;
use crate::platform::{Pack, UserTypeSource};
use crate::remote::{Inspector, RemoteError};
use crate::scim::schema::Schema;
use crate::state::{Kind, Organization};

/// Looks at all of it.
pub(super) async fn look(
    inspector: &Inspector,
    pack: &Pack,
    totals: &Totals,
    rows: &mut Rows,
) -> Result<Option<Organization>, RemoteError> {
    rows.area = Area::Organization;
    let (announces_organization, announces_catalogue) = inspector.announces_organization_and_catalogue();
    let organization = inspector.organization().await?;
    of_organization(pack, organization.as_ref(), announces_organization, rows);
    if announces_catalogue || !pack.catalogue.is_empty() {
        let (finding, seen, does) = match inspector.catalogue().await? {
            Some(entities) if entities.len() == 1 => (Finding::Kept, "1 entity".to_owned(), "checks permissions by it"),
            Some(entities) => (Finding::Kept, format!("{} entities", entities.len()), "checks permissions by it"),
            None => (Finding::Fallback, "not there".to_owned(), "checks permissions by the platform's rules"),
        };
        rows.push(finding, "catalogue of permissions", announces_catalogue, seen, does);
    }
    if !pack.roles.built_in.roles.is_empty() && inspector.capabilities().kinds.contains_key(&Kind::Role) {
        let announced = announces(inspector, "Role", "builtIn");
        let (finding, does) = if announced {
            (Finding::Kept, "knows them by it")
        } else {
            (Finding::Fallback, "knows them by their names")
        };
        let seen = if announced { "in the schema" } else { "not in the schema" };
        rows.push(finding, "built-in roles (builtIn)", announced, seen, does);
    }
    if pack.users.user_type != UserTypeSource::None && inspector.capabilities().kinds.contains_key(&Kind::UserType) {
        seats(inspector, totals, rows).await?;
    }
    Ok(organization)
}

fn of_organization(pack: &Pack, organization: Option<&Organization>, announced: bool, rows: &mut Rows) {
    let Some(organization) = organization else {
        let does = "takes the platform from the project; cannot tell organizations apart";
        rows.push(Finding::Fallback, "organization", announced, "not there", does);
        let does = "the first write shows it";
        rows.push(Finding::Fallback, "authority of the token", Announced::No, "not told", does);
        return;
    };
    let name = organization.name.clone().filter(|name| !name.is_empty());
    let seen = name.map_or_else(|| "there, without a name".to_owned(), |name| format!("`{name}`"));
    rows.push(Finding::Kept, "organization", announced, seen, "applies saved plans to no other one");
    match &organization.platform {
        Some(platform) if *platform == pack.platform => {
            rows.push(Finding::Kept, "platform", true, format!("`{platform}`"), "goes by the same rules");
        }
        Some(platform) => {
            let does = format!("goes by the rules of `{}` all the same: is it the right target?", pack.platform);
            rows.push(Finding::Fallback, "platform", true, format!("`{platform}`"), does);
        }
        None => rows.push(Finding::Fallback, "platform", false, "not told", "takes it from the project"),
    }
    match organization.authority.as_deref() {
        Some(authority) if !organization.lets_only_read() => {
            rows.push(Finding::Kept, "authority of the token", true, format!("`{authority}`"), "plans and applies");
        }
        Some(authority) => {
            let does = "plans; apply ends with 3 before it writes";
            rows.push(Finding::Fallback, "authority of the token", true, format!("`{authority}`"), does);
        }
        None => {
            rows.push(Finding::Fallback, "authority of the token", false, "not told", "the first write shows it");
        }
    }
    if !pack.subscriptions.is_empty() {
        match &organization.subscriptions {
            Some(subscriptions) => {
                let words: Vec<String> = subscriptions.iter().map(|word| format!("`{word}`")).collect();
                let seen = if words.is_empty() { "none".to_owned() } else { words.join(", ") };
                rows.push(Finding::Kept, "subscriptions", true, seen, "refuses what needs another one");
            }
            None => {
                rows.push(Finding::Fallback, "subscriptions", false, "not told", "does not check what needs one");
            }
        }
    }
}

async fn seats(inspector: &Inspector, totals: &Totals, rows: &mut Rows) -> Result<(), RemoteError> {
    let announced = announces(inspector, "UserType", "totalAssignmentsUsed");
    let heard = inspector.first_page(Kind::UserType, inspector.page_size()).await?;
    let types = inspector.objects_of(Kind::UserType, &heard).unwrap_or_default();
    let counted_types = types.iter().filter(|one| one.in_use.is_some()).count() as u64;
    let (finding, seen, does) = match (counted_types, totals.get(&Kind::UserType)) {
        (0, Some(0) | None) => {
            (Finding::Unseen, "there is no user type".to_owned(), "counts users itself, where it is not told")
        }
        (0, _) => (Finding::Fallback, "not told".to_owned(), "counts users itself"),
        (some, _) => (Finding::Kept, format!("told of {}", counted(some, "user type")), "plans by the target's count"),
    };
    rows.push(finding, "used seats", announced, seen, does);
    Ok(())
}

/// Whether a type's schema has an attribute.
fn announces(inspector: &Inspector, type_name: &str, attribute: &str) -> bool {
    let schema_of_type = inspector.types().into_iter().flatten().find(|one| one.name.eq_ignore_ascii_case(type_name));
    let is_it = |schema: &&Schema| schema_of_type.is_some_and(|one| one.schema.eq_ignore_ascii_case(&schema.id));
    let schema = inspector.schemas().into_iter().flatten().find(is_it);
    schema.is_some_and(|schema| schema.attributes.iter().any(|one| one.name.eq_ignore_ascii_case(attribute)))
}
