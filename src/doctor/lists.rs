//! How a target answers to questions for many: pages, cursors, filters, order, selection.
//!
//! All of it is tried on one list, that of the users where there are enough. Not responsible for
//! whether lists can be read whole (`types`).

use serde_json::{Value as Json, json};

use super::checkup::{Announced, Area, Finding, Rows};
use super::page::{Page, Walked, status};
use super::types::{MOST_PAGES, Totals, noun};
use crate::plan::counted;
use crate::remote::{Glimpse, Heard, Inspector, RemoteError};
use crate::scim::message::{SEARCH_REQUEST, SearchRequest};
use crate::state::{Kind, fold};

/// The pages of one walk. Ten are enough to see whether the third begins where the second ended, and
/// each list is walked twice.
const PAGES: u64 = MOST_PAGES / 2;
/// The most objects of one such page: what is looked at is paging, and not how much a target can send.
const MOST_IN_PAGE: u64 = 100;
/// A name that nobody has.
const NOBODY: &str = "rolecall-doctor-nobody@example.invalid";

/// The list that is looked at.
struct List<'a> {
    inspector: &'a Inspector,
    kind: Kind,
    total: u64,
    /// The attribute that names its objects.
    naming: &'static str,
    /// Whether the target's own answer to a filter is to be trusted, as far as was seen.
    sample: Glimpse,
}

/// Looks at lists.
pub(super) async fn look(inspector: &Inspector, totals: &Totals, rows: &mut Rows) -> Result<(), RemoteError> {
    rows.area = Area::Lists;
    let Some((kind, total)) = chosen(totals) else {
        rows.push(
            Finding::Unseen,
            "paging and filters",
            Announced::Unsaid,
            "no list with two objects in it",
            "every plan sees whether its lists are whole; ask again when there are some",
        );
        return Ok(());
    };
    let first = inspector.first_page(kind, 2).await?;
    let sample = inspector.objects_of(kind, &first).and_then(|objects| objects.into_iter().next());
    let Some(sample) = sample else {
        rows.push(
            Finding::Broken,
            "paging and filters",
            Announced::Unsaid,
            format!("the list of {}s cannot be understood", noun(kind)),
            "refuses to plan",
        );
        return Ok(());
    };
    let naming = if kind == Kind::User { "userName" } else { "displayName" };
    let list = List { inspector, kind, total, naming, sample };
    list.pages(rows).await?;
    list.cursors(rows).await?;
    list.filters(rows).await?;
    list.sort(rows).await?;
    list.selection(rows).await?;
    list.search(rows).await?;
    list.nothing_there(rows).await
}

/// The kind whose list is looked at: users are the most, and the ones that matter most.
fn chosen(totals: &Totals) -> Option<(Kind, u64)> {
    let enough = |(_, total): &(&Kind, &u64)| **total >= 2;
    let users = totals.get_key_value(&Kind::User).filter(enough);
    let (kind, total) = users.or_else(|| totals.iter().filter(enough).max_by_key(|(_, total)| **total))?;
    Some((*kind, *total))
}

/// The question for one object from an index on, in a body.
fn one_from(start: i64) -> SearchRequest {
    let schemas = vec![SEARCH_REQUEST.to_owned()];
    SearchRequest { schemas, start_index: Some(start), count: Some(1), ..SearchRequest::default() }
}

impl List<'_> {
    async fn pages(&self, rows: &mut Rows) -> Result<(), RemoteError> {
        let announced = self.inspector.config().and_then(|config| config.pagination.as_ref());
        let announced = announced.map_or(Announced::Unsaid, |pagination| pagination.index.into());
        if announced == Announced::No && self.inspector.reads_by_cursor() {
            let does = "does not need it: reads by cursor";
            rows.push(Finding::Unseen, "paging by index", announced, "not looked at", does);
            return Ok(());
        }
        let size = self.total.div_ceil(PAGES).clamp(1, MOST_IN_PAGE);
        let wanted = self.total.min(size * PAGES);
        let (mut walks, mut too_long) = (Vec::new(), None);
        for _ in 0..2 {
            let mut walked = Walked::default();
            while (walked.pages.len() as u64) < wanted.div_ceil(size) {
                let start = 1 + walked.pages.len() as u64 * size;
                let page = match Page::of(&self.page(start, size).await?) {
                    Ok(page) => page,
                    Err(why) => {
                        rows.push(
                            Finding::Broken,
                            "paging by index",
                            announced,
                            format!("the list {why}"),
                            "refuses to plan",
                        );
                        return Ok(());
                    }
                };
                too_long = too_long.or_else(|| (page.len() > size).then_some(page.len()));
                let is_short = page.len() < size.min(wanted + 1 - start);
                walked.pages.push(page);
                if is_short {
                    break;
                }
            }
            walks.push(walked);
        }
        let wrong = walks.iter().find_map(|walked| walked.wrong(wanted, size));
        let wrong = wrong.or_else(|| (walks[0].ids() != walks[1].ids()).then(|| "twice, and not the same".to_owned()));
        // Lists that come in one page need no second one, and those that do not are seen with the types.
        let without = match (&wrong, self.inspector.reads_by_cursor()) {
            (_, true) => "does not need it: reads by cursor",
            (Some(_), false) if self.search_begins_where_it_shall().await? => "reads longer lists through .search",
            _ => "reads lists that come in one page, refuses to plan else",
        };
        let of = if wanted < self.total { format!(" of {}", self.total) } else { String::new() };
        if let Some(wrong) = wrong {
            rows.push(Finding::Fallback, "paging by index", announced, wrong, without);
        } else {
            let seen = format!("{}{of} in pages of {size}, twice the same", counted(wanted, noun(self.kind)));
            let does = if self.inspector.reads_by_cursor() {
                without.to_owned()
            } else {
                format!("reads lists whole, in pages of {}", self.inspector.page_size())
            };
            rows.push(Finding::Kept, "paging by index", announced, seen, does);
        }
        match too_long {
            Some(len) => {
                let seen = format!("{len} came when {size} were asked for");
                rows.push(Finding::Fallback, "size of pages", Announced::Unsaid, seen, "takes the pages as they come");
            }
            None => rows.push(Finding::Kept, "size of pages", Announced::Unsaid, "as asked for", "asks for large ones"),
        }
        let end = Page::of(&self.page(self.total + 1, size).await?);
        let known = walks[0].ids();
        let is_new = |id: &String| wanted == self.total && !known.contains(id.as_str());
        let (finding, seen) = match end {
            Ok(page) if page.ids.iter().any(is_new) => {
                let seen = "somebody whom the total leaves out".to_owned();
                let does = "may take a part for the whole: no plan on it is to be trusted";
                rows.push(Finding::Broken, "page after the last", Announced::Unsaid, seen, does);
                return Ok(());
            }
            Ok(page) if page.ids.is_empty() && page.total == self.total => {
                (Finding::Kept, "empty, with the total".to_owned())
            }
            Ok(page) if page.ids.is_empty() => (Finding::Fallback, format!("empty, with {} as the total", page.total)),
            Ok(page) => (Finding::Fallback, format!("{} on it", counted(page.len(), noun(self.kind)))),
            Err(why) => (Finding::Fallback, why),
        };
        rows.push(finding, "page after the last", Announced::Unsaid, seen, "does not ask for it");
        Ok(())
    }

    /// Whether `.search` heeds where a page shall begin, which GET does not.
    async fn search_begins_where_it_shall(&self) -> Result<bool, RemoteError> {
        let mut begins = Vec::new();
        for start in [1, 2] {
            let page = Page::of(&self.inspector.search(self.kind, &one_from(start)).await?);
            begins.push(page.ok().and_then(|page| page.ids.into_iter().next()));
        }
        Ok(begins[1].is_some() && begins[0] != begins[1])
    }

    async fn page(&self, start: u64, count: u64) -> Result<Heard, RemoteError> {
        self.inspector.list(self.kind, &[("startIndex", &start.to_string()), ("count", &count.to_string())]).await
    }

    async fn cursors(&self, rows: &mut Rows) -> Result<(), RemoteError> {
        let announced = self.inspector.config().and_then(|config| config.pagination.as_ref());
        let Some(true) = announced.map(|pagination| pagination.cursor) else { return Ok(()) };
        let size = self.total.div_ceil(PAGES).clamp(1, MOST_IN_PAGE);
        let (mut walked, mut cursor) = (Walked::default(), Some(String::new()));
        let wanted = self.total.min(size * PAGES);
        let mut wrong = None;
        while let Some(at) = cursor.take().filter(|_| (walked.pages.len() as u64) < wanted.div_ceil(size)) {
            let heard = self.inspector.list(self.kind, &[("cursor", &at), ("count", &size.to_string())]).await?;
            match Page::by_cursor(&heard, self.total) {
                Ok(page) => {
                    cursor.clone_from(&page.next);
                    walked.pages.push(page);
                }
                Err(why) => wrong = Some(why),
            }
        }
        let wrong = wrong.or_else(|| walked.wrong(wanted, size));
        let (finding, does) = match (&wrong, self.inspector.reads_by_cursor()) {
            (None, true) => (Finding::Kept, "reads lists whole by it"),
            (Some(_), true) => (Finding::Broken, "refuses to plan"),
            (None, false) => (Finding::Kept, "does not need it: reads by index"),
            (Some(_), false) => (Finding::Fallback, "does not need it: reads by index"),
        };
        let seen = wrong.unwrap_or_else(|| format!("{} in pages of {size}", counted(wanted, noun(self.kind))));
        rows.push(finding, "paging by cursor", true, seen, does);
        Ok(())
    }

    /// What a filter finds: its objects, or why it finds none.
    async fn found(&self, filter: &str) -> Result<Result<Vec<Glimpse>, String>, RemoteError> {
        let heard = self.inspector.list(self.kind, &[("filter", filter), ("count", "5")]).await?;
        let unreadable = || "an answer that is no list".to_owned();
        let by_cursor = self.inspector.reads_by_cursor();
        Ok(match if by_cursor { Page::by_cursor(&heard, 0) } else { Page::of(&heard) } {
            Ok(page) if page.total > page.len() => Err(format!("{} found", page.total)),
            Ok(_) => self.inspector.objects_of(self.kind, &heard).ok_or_else(unreadable),
            Err(why) => Err(why),
        })
    }

    async fn filters(&self, rows: &mut Rows) -> Result<(), RemoteError> {
        let announced = self.inspector.config().map_or(Announced::No, |config| config.filter.supported.into());
        let (naming, name) = (self.naming, &self.sample.name);
        let exact = self.found(&format!("{naming} eq {}", json!(name))).await?;
        let none = self.found(&format!("{naming} eq {}", json!(NOBODY))).await?;
        let capability = format!("filter: {naming} eq");
        let seen = match (&exact, &none) {
            (Ok(one), Ok(none)) if one.len() == 1 && one[0].id == self.sample.id && none.is_empty() => None,
            (Ok(one), _) if !one.iter().any(|one| one.id == self.sample.id) => {
                Some("does not find who is there".to_owned())
            }
            (_, Err(_)) | (Err(_), Ok(_)) if exact.is_err() && none.is_ok() => {
                Some(exact.clone().err().unwrap_or_default())
            }
            (_, Ok(none)) if none.is_empty() => Some("finds others too".to_owned()),
            (_, Err(why)) if why.ends_with("found") => Some(format!("{why} of whom there is nobody: it is ignored")),
            (_, Err(why)) => Some(why.clone()),
            (_, Ok(_)) => Some("finds others of whom there is nobody: it is ignored".to_owned()),
        };
        let by_filter = self.inspector.looks_up_by_filter();
        let is_honest = seen.is_none();
        let finding = if is_honest || !by_filter { Finding::Kept } else { Finding::Fallback };
        let finding = if by_filter { finding } else { Finding::Fallback };
        let does = match (by_filter, is_honest) {
            (true, true) => "looks up by it what a lost answer was about",
            (true, false) => "checks each hit; a create without an answer may end as unknown, and is not sent twice",
            (false, _) => "looks up in the whole list what a lost answer was about",
        };
        let seen = seen.unwrap_or_else(|| "finds the one, and nobody else".to_owned());
        rows.push(finding, capability, announced, seen, does);
        if announced == Announced::Yes {
            self.case(is_honest, rows).await?;
            self.unknown_attribute(rows).await?;
        }
        Ok(())
    }

    async fn case(&self, is_honest: bool, rows: &mut Rows) -> Result<(), RemoteError> {
        let name = &self.sample.name;
        let other = if *name == name.to_uppercase() { name.to_lowercase() } else { name.to_uppercase() };
        let found = self.found(&format!("{} eq {}", self.naming.to_uppercase(), json!(other))).await?;
        let finds = matches!(&found, Ok(found) if found.iter().any(|one| fold(&one.name) == fold(name)));
        let (finding, seen) = match (is_honest, finds) {
            (false, _) => (Finding::Unseen, "cannot be seen while it is ignored"),
            (true, true) => (Finding::Kept, "does not count"),
            (true, false) => (Finding::Fallback, "counts"),
        };
        rows.push(finding, "filter: case", Announced::Unsaid, seen, "compares names itself, without case");
        Ok(())
    }

    async fn unknown_attribute(&self, rows: &mut Rows) -> Result<(), RemoteError> {
        let filter = format!("rolecallDoctorNoSuchAttribute eq {}", json!(NOBODY));
        let heard = self.inspector.list(self.kind, &[("filter", &filter), ("count", "1")]).await?;
        let (finding, seen) = match Page::of(&heard) {
            Ok(page) if page.total == 0 => (Finding::Kept, "finds nothing".to_owned()),
            Ok(page) => (Finding::Fallback, format!("{} found: it is ignored", page.total)),
            Err(_) if heard.status == 400 => (Finding::Kept, status(&heard)),
            Err(_) => (Finding::Fallback, status(&heard)),
        };
        rows.push(finding, "filter: no such attribute", Announced::Unsaid, seen, "filters by names and marks alone");
        Ok(())
    }

    async fn sort(&self, rows: &mut Rows) -> Result<(), RemoteError> {
        let announced = self.inspector.config().map_or(Announced::No, |config| config.sort.supported.into());
        if announced == Announced::No {
            return Ok(());
        }
        let mut edges = Vec::new();
        for order in ["ascending", "descending"] {
            let heard = self
                .inspector
                .list(self.kind, &[("sortBy", self.naming), ("sortOrder", order), ("count", "2")])
                .await?;
            edges.push(self.inspector.objects_of(self.kind, &heard).unwrap_or_default());
        }
        let names = |at: usize| edges[at].iter().map(|one| fold(&one.name)).collect::<Vec<_>>();
        let (up, down) = (names(0), names(1));
        let is_sorted =
            !up.is_empty() && up.is_sorted() && down.is_sorted_by(|a, b| a >= b) && up.first() <= down.last();
        let (finding, seen) =
            if is_sorted { (Finding::Kept, "up and down") } else { (Finding::Fallback, "not in the order asked for") };
        rows.push(finding, "sort", announced, seen, "does not need it: sorts itself");
        Ok(())
    }

    async fn selection(&self, rows: &mut Rows) -> Result<(), RemoteError> {
        let heard = self.inspector.list(self.kind, &[("attributes", self.naming), ("count", "1")]).await?;
        let resource = heard.get("Resources").get(0).and_then(Json::as_object);
        let is_always = |key: &String| {
            ["schemas", "id", "meta", "externalId", self.naming].iter().any(|one| one.eq_ignore_ascii_case(key))
        };
        let (finding, seen) = match resource {
            Some(resource) if resource.keys().all(is_always) => (Finding::Kept, "only what was asked for"),
            Some(_) => (Finding::Fallback, "more than was asked for"),
            None => (Finding::Fallback, "nothing"),
        };
        rows.push(finding, "selection of attributes", Announced::Unsaid, seen, "does not need it: reads whole objects");
        Ok(())
    }

    async fn search(&self, rows: &mut Rows) -> Result<(), RemoteError> {
        let heard = self.inspector.search(self.kind, &one_from(1)).await?;
        let (finding, seen) = match Page::of(&heard) {
            Ok(page) if page.total == self.total => (Finding::Kept, "the list".to_owned()),
            Ok(page) => (Finding::Fallback, format!("another list, of {}", page.total)),
            Err(_) => (Finding::Fallback, status(&heard)),
        };
        rows.push(finding, ".search by POST", Announced::Unsaid, seen, "takes it where a URL will not do");
        Ok(())
    }

    async fn nothing_there(&self, rows: &mut Rows) -> Result<(), RemoteError> {
        let heard = self.inspector.object(self.kind, "rolecall-doctor-no-such-id", None).await?;
        let is_scim = heard.get("schemas").is_array() && heard.get("status").as_str() == Some("404");
        let (finding, seen, does) = match (heard.status, is_scim) {
            (404, true) => (Finding::Kept, "404 with a SCIM body".to_owned(), "takes it for gone"),
            (404, false) => (Finding::Kept, "404 without a SCIM body".to_owned(), "takes it for gone"),
            _ => (Finding::Broken, status(&heard), "what is gone looks broken: its steps fail, apply ends with 4"),
        };
        rows.push(finding, "an id that is nobody's", Announced::Unsaid, seen, does);
        Ok(())
    }
}
