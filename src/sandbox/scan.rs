//! Rows in an order, from a place on.
//!
//! Responsible for the SQL of lists. Every order here is one that an index has, so that a page
//! begins where the last one ended and nothing in front of it is read. Which rows a filter
//! selects, and in which orders no index has, is `lists`'.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, params};

use super::database::{COLUMNS, Row, row};
use super::served::Kind;
use super::sorting::Order;

/// How rows are found without reading all of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    Everything,
    Id(String),
    /// Folded.
    Key(String),
    /// What the folded name begins with.
    KeyPrefix(String),
    ExternalId(String),
    /// Users who hold a role.
    Role(String),
}

/// Behind a row: what its order sorts it by, and its own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) value: Option<String>,
    pub(super) seq: i64,
}

/// Which rows, in which order.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) kinds: &'a [Kind],
    pub(super) lookup: &'a Lookup,
    pub(super) order: Order,
    pub(super) descending: bool,
    pub(super) after: Option<Place>,
    /// How many are left out from there.
    pub(super) skip: u64,
    pub(super) limit: u64,
}

impl Order {
    fn column(self) -> Option<&'static str> {
        match self {
            Self::Created => None,
            Self::Key => Some("key_folded"),
            Self::Id => Some("id"),
            Self::ExternalId => Some("external_id"),
        }
    }
}

/// Rows that have what is sorted by come before those that have not; an index has each apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    All,
    Having,
    Lacking,
}

/// Where reading a part begins.
enum Entry<'a> {
    Beginning,
    Behind(&'a Place),
    /// Nowhere: all of it is in front of the place.
    End,
}

impl Walk<'_> {
    /// Calls back with each row, until that breaks off.
    pub(super) fn each(
        &self,
        connection: &Connection,
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> rusqlite::Result<()> {
        let parts: &[Part] = match (self.order, self.descending) {
            (Order::ExternalId, false) => &[Part::Having, Part::Lacking],
            (Order::ExternalId, true) => &[Part::Lacking, Part::Having],
            _ => &[Part::All],
        };
        let (mut skip, mut limit) = (self.skip, self.limit);
        for (i, part) in parts.iter().enumerate() {
            let after = match self.entry(*part) {
                Entry::Beginning => None,
                Entry::Behind(place) => Some(place),
                Entry::End => continue,
            };
            let (read, is_over) = self.read(connection, *part, after, (skip, limit), visit)?;
            limit = limit.saturating_sub(read);
            if is_over || limit == 0 {
                break;
            }
            if i + 1 < parts.len() && skip > 0 {
                skip = if read > 0 { 0 } else { skip.saturating_sub(self.count(connection, *part, after)?) };
            }
        }
        Ok(())
    }

    fn entry(&self, part: Part) -> Entry<'_> {
        let Some(place) = &self.after else { return Entry::Beginning };
        match (part, place.value.is_some()) {
            (Part::All, _) | (Part::Having, true) | (Part::Lacking, false) => Entry::Behind(place),
            (Part::Lacking, true) if !self.descending => Entry::Beginning,
            (Part::Having, false) if self.descending => Entry::Beginning,
            (Part::Lacking, true) | (Part::Having, false) => Entry::End,
        }
    }

    /// What follows FROM, up to the order; ?1 and ?2 are the place, ?3 is what is looked up.
    fn conditions(&self, part: Part, after: Option<&Place>) -> String {
        let names: Vec<String> = self.kinds.iter().map(|kind| format!("'{}'", kind.name())).collect();
        let kinds = match (names.as_slice(), self.lookup) {
            ([name], _) => format!("kind = {name}"),
            // The plus keeps the index of kinds away: rows of several are read in their order.
            (names, Lookup::Everything) => format!("+kind IN ({})", names.join(", ")),
            (names, _) => format!("kind IN ({})", names.join(", ")),
        };
        let column = self.order.column().filter(|_| part != Part::Lacking);
        let than = if self.descending { '<' } else { '>' };
        let place = match (after, column) {
            (None, _) => String::new(),
            (Some(_), Some(column)) => format!(" AND ({column}, seq) {than} (?1, ?2)"),
            (Some(_), None) => format!(" AND seq {than} ?2"),
        };
        let having = match part {
            Part::All => "",
            Part::Having => " AND external_id IS NOT NULL",
            Part::Lacking => " AND external_id IS NULL",
        };
        let lookup = match self.lookup {
            Lookup::Everything => "",
            Lookup::Id(_) => " AND id = ?3",
            Lookup::Key(_) => " AND key_folded = ?3",
            // U+10FFFF is no character, so that nothing with the beginning sorts behind it.
            Lookup::KeyPrefix(_) => " AND key_folded >= ?3 AND key_folded < ?3 || char(1114111)",
            Lookup::ExternalId(_) => " AND external_id = ?3",
            Lookup::Role(_) => " AND seq IN (SELECT user FROM holders WHERE role = ?3)",
        };
        format!("WHERE {kinds}{lookup}{having}{place}")
    }

    fn statement(&self, part: Part, after: Option<&Place>) -> String {
        self.statement_of(COLUMNS, part, after)
    }

    fn statement_of(&self, columns: &str, part: Part, after: Option<&Place>) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        let order = match self.order.column().filter(|_| part != Part::Lacking) {
            Some(column) => format!("{column} {direction}, seq {direction}"),
            None => format!("seq {direction}"),
        };
        let conditions = self.conditions(part, after);
        format!("SELECT {columns} FROM resources {conditions} ORDER BY {order} LIMIT ?4 OFFSET ?5")
    }

    /// The place of the row that stands `distance` rows behind where the walk begins, found in the
    /// index alone; `None` where there is none, or where the order is in two parts.
    pub(super) fn place_at(&self, connection: &Connection, distance: u64) -> rusqlite::Result<Option<Place>> {
        if self.order == Order::ExternalId || distance == 0 {
            return Ok(None);
        }
        let after = self.after.as_ref();
        let sql = self.statement_of(&format!("{}, seq", self.order.column().unwrap_or("NULL")), Part::All, after);
        let (value, seq) = after.map_or((None, 0), |place| (place.value.as_deref(), place.seq));
        let offset = i64::try_from(distance - 1).unwrap_or(i64::MAX);
        let mut statement = connection.prepare_cached(&sql)?;
        let found = statement.query_row(params![value, seq, self.looked_up(), 1, offset], |row| {
            Ok(Place { value: row.get(0)?, seq: row.get(1)? })
        });
        found.optional()
    }

    fn looked_up(&self) -> &str {
        match self.lookup {
            Lookup::Everything => "",
            Lookup::Id(text)
            | Lookup::Key(text)
            | Lookup::KeyPrefix(text)
            | Lookup::ExternalId(text)
            | Lookup::Role(text) => text,
        }
    }

    /// How many rows were read, and whether the caller has broken off.
    fn read(
        &self,
        connection: &Connection,
        part: Part,
        after: Option<&Place>,
        (skip, limit): (u64, u64),
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> rusqlite::Result<(u64, bool)> {
        let mut statement = connection.prepare_cached(&self.statement(part, after))?;
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (value, seq) = after.map_or((None, 0), |place| (place.value.as_deref(), place.seq));
        let mut rows = statement.query(params![value, seq, self.looked_up(), number(limit), number(skip)])?;
        let mut read = 0;
        while let Some(found) = rows.next()? {
            read += 1;
            if visit(row(found)?).is_break() {
                return Ok((read, true));
            }
        }
        Ok((read, false))
    }

    fn count(&self, connection: &Connection, part: Part, after: Option<&Place>) -> rusqlite::Result<u64> {
        // Names ?3 whatever is looked up, so that three values are always expected.
        let sql = format!("SELECT count(*) FROM resources {} AND ?3 = ?3", self.conditions(part, after));
        let (value, seq) = after.map_or((None, 0), |place| (place.value.as_deref(), place.seq));
        let count: i64 =
            connection.prepare_cached(&sql)?.query_row(params![value, seq, self.looked_up()], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// Where a row stands in an order; `None` when there is no such row any more.
pub(super) fn place(connection: &Connection, order: Order, seq: i64) -> rusqlite::Result<Option<Place>> {
    let Some(column) = order.column() else { return Ok(Some(Place { value: None, seq })) };
    let mut statement = connection.prepare_cached(&format!("SELECT {column} FROM resources WHERE seq = ?1"))?;
    statement.query_row([seq], |row| Ok(Place { value: row.get(0)?, seq })).optional()
}

/// What an order sorts a row by.
pub(super) fn place_of(order: Order, row: &Row) -> Place {
    let value = match order {
        Order::Created => None,
        Order::Key => Some(row.key_folded.clone()),
        Order::Id => Some(row.id.clone()),
        Order::ExternalId => row.external_id.clone(),
    };
    Place { value, seq: row.seq }
}

/// Rows by their keys, in that order; those that are gone are left out.
pub(super) fn by_seq(connection: &Connection, seqs: &[i64]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM resources WHERE seq = ?1"))?;
    let mut rows = Vec::with_capacity(seqs.len());
    for seq in seqs {
        rows.extend(statement.query_row([seq], row).optional()?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::super::database;
    use super::*;

    /// What SQLite does for a statement, a line for each table and sort.
    fn plan(connection: &Connection, sql: &str) -> String {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("it is SQL");
        let rows = statement.query_map(params!["x", 1, "x", 10, 0], |row| row.get::<_, String>(3)).expect("a plan");
        rows.map(|line| line.expect("a line") + "\n").collect()
    }

    fn open() -> Connection {
        let (mut connection, _) = database::open(None, "open").expect("it opens");
        database::keep_names_unique(&mut connection).expect("there are no names yet");
        connection
    }

    const ALL: [Kind; 3] = [Kind::User, Kind::Role, Kind::Segment];

    fn of<'a>(kinds: &'a [Kind], lookup: &'a Lookup, order: Order) -> Walk<'a> {
        Walk { kinds, lookup, order, descending: false, after: None, skip: 0, limit: 10 }
    }

    #[test]
    fn no_order_is_made_by_sorting_and_no_list_by_reading_everything() {
        let connection = open();
        let orders = [
            (Order::Created, Part::All),
            (Order::Key, Part::All),
            (Order::Id, Part::All),
            (Order::ExternalId, Part::Having),
        ];
        let mut seen = String::new();
        for (order, part) in orders {
            for descending in [false, true] {
                let after = Some(Place { value: Some("x".to_owned()), seq: 1 });
                let walk = Walk { descending, after, ..of(&ALL[..1], &Lookup::Everything, order) };
                let plan = plan(&connection, &walk.statement(part, walk.after.as_ref()));
                assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{order:?}: {plan}");
                seen.push_str(&plan);
            }
        }
        insta::assert_snapshot!(seen, @r"
        SEARCH resources USING INDEX resources_by_kind (kind=? AND rowid>?)
        SEARCH resources USING INDEX resources_by_kind (kind=? AND rowid<?)
        SEARCH resources USING INDEX resources_by_key (kind=? AND key_folded>?)
        SEARCH resources USING INDEX resources_by_key (kind=? AND key_folded<?)
        SEARCH resources USING INDEX resources_by_id (kind=? AND id>?)
        SEARCH resources USING INDEX resources_by_id (kind=? AND id<?)
        SEARCH resources USING INDEX resources_by_external_id (kind=? AND external_id>?)
        SEARCH resources USING INDEX resources_by_external_id (kind=? AND external_id>? AND external_id<?)
        ");
        let walk = of(&ALL, &Lookup::Everything, Order::Created);
        assert!(!plan(&connection, &walk.statement(Part::All, None)).contains("TEMP B-TREE"));
    }

    #[test]
    fn what_can_be_looked_up_is_searched_for_in_an_index() {
        let connection = open();
        let x = || "x".to_owned();
        let lookups =
            [Lookup::Id(x()), Lookup::Key(x()), Lookup::KeyPrefix(x()), Lookup::ExternalId(x()), Lookup::Role(x())];
        let mut seen = String::new();
        for lookup in lookups {
            for kinds in [&ALL[..1], &ALL] {
                let walk = of(kinds, &lookup, Order::Created);
                let plan = plan(&connection, &walk.statement(Part::All, None));
                assert!(plan.contains("SEARCH resources USING") && !plan.contains("SCAN"), "{lookup:?}: {plan}");
                seen = [seen, format!("{lookup:?} of {}\n", kinds.len()), plan].concat();
            }
        }
        insta::assert_snapshot!(seen, @r#"
        Id("x") of 1
        SEARCH resources USING INDEX sqlite_autoindex_resources_1 (id=?)
        Id("x") of 3
        SEARCH resources USING INDEX sqlite_autoindex_resources_1 (id=?)
        Key("x") of 1
        SEARCH resources USING INDEX resources_by_key (kind=? AND key_folded=?)
        Key("x") of 3
        SEARCH resources USING INDEX resources_by_key (kind=? AND key_folded=?)
        USE TEMP B-TREE FOR ORDER BY
        KeyPrefix("x") of 1
        SEARCH resources USING INDEX resources_by_key (kind=? AND key_folded>? AND key_folded<?)
        USE TEMP B-TREE FOR ORDER BY
        KeyPrefix("x") of 3
        SEARCH resources USING INDEX resources_by_key (kind=? AND key_folded>? AND key_folded<?)
        USE TEMP B-TREE FOR ORDER BY
        ExternalId("x") of 1
        SEARCH resources USING INDEX resources_by_external_id (kind=? AND external_id=?)
        ExternalId("x") of 3
        SEARCH resources USING INDEX resources_by_external_id (kind=? AND external_id=?)
        USE TEMP B-TREE FOR ORDER BY
        Role("x") of 1
        SEARCH resources USING INDEX resources_by_kind (kind=? AND rowid=?)
        LIST SUBQUERY 1
        SEARCH holders USING PRIMARY KEY (role=?)
        Role("x") of 3
        SEARCH resources USING INTEGER PRIMARY KEY (rowid=?)
        LIST SUBQUERY 1
        SEARCH holders USING PRIMARY KEY (role=?)
        "#);
    }

    #[test]
    fn a_page_far_away_is_found_without_reading_a_row() {
        let connection = open();
        for order in [Order::Created, Order::Key, Order::Id] {
            let walk = of(&ALL[..1], &Lookup::Everything, order);
            let columns = format!("{}, seq", order.column().unwrap_or("NULL"));
            let plan = plan(&connection, &walk.statement_of(&columns, Part::All, None));
            assert!(plan.contains("USING COVERING INDEX") && !plan.contains("TEMP"), "{order:?}: {plan}");
        }
    }
}
