//! The database: opening it, telling whose it is, rows in and out.
//!
//! Responsible for the layout on disk and for SQL, but that of lists (`scan`). What a row may hold
//! is decided in `writer` and `rules`.

use std::borrow::Cow;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row as SqlRow, params};
use serde_json::{Map, Value};

use super::SandboxError;
use super::fold::fold;
use super::served::Kind;

/// "role" in ASCII: a file of another program is told from ours by its header.
const APPLICATION_ID: i64 = 0x726f_6c65;
/// The layout that this version writes; a file with a higher number comes from a newer version.
const LAYOUT: i64 = 2;
/// How long a reader waits for a lock. In WAL readers wait for nobody but a checkpoint.
const BUSY: Duration = Duration::from_secs(5);
/// Statements that a connection keeps ready; there are about thirty different ones.
const STATEMENTS: usize = 64;

/// Holds a database file against other sandboxes, until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

/// Opens a file, or makes one that only its owner reads: it will hold e-mail addresses.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Locks the file beside a database.
pub(super) fn lock(database: &Path) -> Result<Lock, SandboxError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let failed = |source| SandboxError::File { path: path.clone(), source };
    let file = private().open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(SandboxError::Locked { database: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Opens the connection that writes, and makes the layout where there is none. Also whether the
/// database holds nothing yet.
pub(super) fn open(path: Option<&Path>, platform: &str) -> Result<(Connection, bool), SandboxError> {
    let shown = path.map_or_else(|| PathBuf::from(":memory:"), Path::to_owned);
    let failed = |attempt: &'static str| {
        let database = shown.clone();
        move |source| SandboxError::Database { attempt, database, source }
    };
    if let Some(path) = path {
        let private = private().open(path).map(drop);
        private.map_err(|source| SandboxError::File { path: path.to_owned(), source })?;
    }
    let mut connection = match path {
        Some(path) => Connection::open(path),
        None => Connection::open_in_memory(),
    }
    .map_err(failed("opened"))?;
    let not_ours = || SandboxError::NotASandbox { database: shown.clone() };
    let pragma =
        |connection: &Connection, name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = match pragma(&connection, "application_id") {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => return Err(not_ours()),
        other => other.map_err(failed("read"))?,
    };
    let layout = pragma(&connection, "user_version").map_err(failed("read"))?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed("read"))?;
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        return Err(not_ours());
    }
    if layout > LAYOUT {
        return Err(SandboxError::NewerLayout { database: shown.clone(), found: layout, known: LAYOUT });
    }
    // NORMAL in WAL: what is committed outlives the process; only a power cut can take the last
    // commits, never the file.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;")
        .map_err(failed("prepared"))?;
    keep_statements(&connection).map_err(failed("prepared"))?;
    connection.busy_timeout(BUSY).map_err(failed("prepared"))?;
    if tables == 0 {
        make(&mut connection, platform).map_err(failed("prepared"))?;
    } else if layout < LAYOUT {
        bring_up(&mut connection).map_err(failed("brought up to date"))?;
    }
    let found: Option<String> = connection
        .query_row("SELECT value FROM about WHERE name = 'platform'", [], |row| row.get(0))
        .optional()
        .map_err(failed("read"))?;
    if found.as_deref() != Some(platform) {
        let found = found.unwrap_or_else(|| "no platform".to_owned());
        return Err(SandboxError::OtherPlatform { database: shown.clone(), found, wanted: platform.to_owned() });
    }
    let rows: i64 = connection
        .query_row("SELECT count(*) FROM (SELECT 1 FROM resources LIMIT 1)", [], |row| row.get(0))
        .map_err(failed("read"))?;
    Ok((connection, rows == 0))
}

fn make(connection: &mut Connection, platform: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(include_str!("layout.sql"))?;
    transaction.execute_batch(include_str!("layout2.sql"))?;
    let mut about = transaction.prepare("INSERT INTO about VALUES (?1, ?2)")?;
    about.execute(["platform", platform])?;
    about.execute(["organization", &uuid::Uuid::new_v4().to_string()])?;
    about.execute(["created", &now()])?;
    drop(about);
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", LAYOUT)?;
    transaction.commit()
}

/// What the first layout had not.
fn bring_up(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(include_str!("layout2.sql"))?;
    transaction.pragma_update(None, "user_version", LAYOUT)?;
    transaction.commit()
}

/// Makes the index of names one that takes no name twice, where no name is there twice: requests
/// are refused before that, and a seed may hold what no request could make.
pub(super) fn keep_names_unique(connection: &mut Connection) -> rusqlite::Result<()> {
    let unique = "SELECT \"unique\" FROM pragma_index_list('resources') WHERE name = 'resources_by_key'";
    if connection.query_row(unique, [], |row| row.get(0)).optional()? == Some(true) {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    let made = transaction.execute_batch(
        "DROP INDEX resources_by_key; CREATE UNIQUE INDEX resources_by_key ON resources (kind, key_folded);",
    );
    match made {
        Err(error) if is_taken(&error) => transaction.rollback(),
        made => made.and_then(|()| transaction.commit()),
    }
}

/// Whether an index took something for there already.
pub(super) fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

/// Under which name the database keeps what cursors are sealed with.
const CURSORS: &str = "cursors";

/// What cursors are sealed with: kept, so that they are good beyond a restart.
pub(super) fn cursor_secret(connection: &Connection) -> rusqlite::Result<String> {
    if let Some(secret) = about(connection, CURSORS)? {
        return Ok(secret);
    }
    let secret = format!("{}{}", uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    set_about(connection, CURSORS, &secret)?;
    Ok(secret)
}

/// Opens a connection that only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, SandboxError> {
    let failed = |source| SandboxError::Database { attempt: "opened for reading", database: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    keep_statements(&connection).map_err(failed)?;
    Ok(connection)
}

/// Keeps statements ready, and keeps them as they are: by default one that could be planned otherwise for
/// other values, and beside an index with a condition that is most of them, is planned anew for each.
fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// The time of a change, as `meta` shows it: RFC 3339, milliseconds, UTC.
pub(super) fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now).to_string()
}

/// A resource as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) roles: Vec<String>,
    pub(super) version: i64,
    pub(super) created: String,
    pub(super) modified: String,
    /// A JSON object.
    pub(super) body: String,
    pub(super) key_folded: String,
    pub(super) external_id: Option<String>,
}

impl Row {
    /// The attributes that are assigned, roles included.
    pub(super) fn attributes(&self) -> Map<String, Value> {
        let mut attributes: Map<String, Value> = serde_json::from_str(&self.body).unwrap_or_default();
        if !self.roles.is_empty() {
            let roles = self.roles.iter().map(|id| serde_json::json!({ "value": id })).collect();
            attributes.insert("roles".to_owned(), Value::Array(roles));
        }
        attributes
    }
}

/// What the columns hold of a resource's attributes.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) key_folded: String,
    pub(super) external_id: Option<String>,
    pub(super) roles: Vec<String>,
    /// Folded.
    pub(super) user_type: Option<String>,
    /// Takes a seat; a user of whom nothing is said does.
    pub(super) active: bool,
    body: String,
}

impl Columns {
    pub(super) fn of(kind: Kind, attributes: &Map<String, Value>) -> Self {
        let text = |name: &str| attributes.get(name).and_then(Value::as_str);
        let is_user = kind == Kind::User;
        let roles = if is_user { roles_of(attributes) } else { Vec::new() };
        let key_folded = fold(text(kind.key()).unwrap_or_default());
        let external_id = text("externalId").map(ToOwned::to_owned);
        let user_type = text("userType").filter(|_| is_user).map(fold);
        let active = is_user && is_active(attributes);
        // Copied only where something is left out.
        let mut attributes = Cow::Borrowed(attributes);
        if is_user && attributes.contains_key("roles") {
            attributes.to_mut().remove("roles");
        }
        let body = serde_json::to_string(&*attributes).expect("a map of JSON values with text keys is written");
        Self { key_folded, external_id, roles, user_type, active, body }
    }
}

/// The ids of the roles that a user names.
pub(super) fn roles_of(user: &Map<String, Value>) -> Vec<String> {
    let roles = user.get("roles").and_then(Value::as_array).into_iter().flatten();
    roles.filter_map(|role| role.get("value")?.as_str().map(ToOwned::to_owned)).collect()
}

/// Whether a user may sign in; one of whom nothing is said may.
pub(super) fn is_active(user: &Map<String, Value>) -> bool {
    user.get("active") != Some(&Value::Bool(false))
}

/// What [`row`] reads.
pub(super) const COLUMNS: &str = "seq, kind, id, roles, version, created, modified, body, key_folded, external_id";

pub(super) fn row(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let kind: String = row.get(1)?;
    let roles: String = row.get(3)?;
    Ok(Row {
        seq: row.get(0)?,
        kind: Kind::named(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
        id: row.get(2)?,
        roles: roles.lines().map(ToOwned::to_owned).collect(),
        version: row.get(4)?,
        created: row.get(5)?,
        modified: row.get(6)?,
        body: row.get(7)?,
        key_folded: row.get(8)?,
        external_id: row.get(9)?,
    })
}

pub(super) fn by_id(connection: &Connection, kind: Kind, id: &str) -> rusqlite::Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM resources WHERE id = ?1 AND kind = ?2");
    connection.prepare_cached(&sql)?.query_row([id, kind.name()], row).optional()
}

/// A resource by its name. A seed can hold several of one name; this is the oldest of them.
pub(super) fn by_key(connection: &Connection, kind: Kind, folded: &str) -> rusqlite::Result<Option<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM resources WHERE kind = ?1 AND key_folded = ?2 ORDER BY seq LIMIT 1");
    connection.prepare_cached(&sql)?.query_row([kind.name(), folded], row).optional()
}

/// Whether another resource than this one has a name.
pub(super) fn key_is_taken(connection: &Connection, kind: Kind, folded: &str, id: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM resources WHERE kind = ?1 AND key_folded = ?2 AND id <> ?3";
    connection.prepare_cached(sql)?.exists([kind.name(), folded, id])
}

/// Every resource of a kind, in the order of creation.
pub(super) fn all(connection: &Connection, kind: Kind) -> rusqlite::Result<Vec<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM resources WHERE kind = ?1 ORDER BY seq");
    connection.prepare_cached(&sql)?.query_map([kind.name()], row)?.collect()
}

/// A counter that the triggers keep.
pub(super) fn counter(connection: &Connection, what: &str, of: &str) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT n FROM counters WHERE what = ?1 AND of = ?2")?;
    Ok(statement.query_row([what, of], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// How many users hold a role, inactive ones included.
pub(super) fn holders(connection: &Connection, role: &str) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM holders WHERE role = ?1")?;
    statement.query_row([role], |row| row.get(0))
}

/// The name of a role, as users show it.
pub(super) fn role_name(connection: &Connection, id: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = connection
        .prepare_cached("SELECT json_extract(body, '$.displayName') FROM resources WHERE id = ?1 AND kind = 'Role'")?;
    Ok(statement.query_row([id], |row| row.get::<_, Option<String>>(0)).optional()?.flatten())
}

/// Something that was written down when the database was made or filled.
pub(super) fn about(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM about WHERE name = ?1", [name], |row| row.get(0)).optional()
}

pub(super) fn set_about(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    connection.execute("INSERT OR REPLACE INTO about VALUES (?1, ?2)", [name, value]).map(drop)
}

pub(super) fn insert(connection: &Connection, kind: Kind, id: &str, columns: &Columns) -> rusqlite::Result<Row> {
    let now = now();
    let roles = columns.roles.join("\n");
    connection
        .prepare_cached(
            "INSERT INTO resources (kind, id, key_folded, external_id, roles, user_type, active, version, created, \
             modified, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?8, ?9)",
        )?
        .execute(params![
            kind.name(),
            id,
            columns.key_folded,
            columns.external_id,
            roles,
            columns.user_type,
            columns.active,
            now,
            columns.body
        ])?;
    let seq = connection.last_insert_rowid();
    hold(connection, seq, &columns.roles)?;
    Ok(Row {
        seq,
        kind,
        id: id.to_owned(),
        roles: columns.roles.clone(),
        version: 1,
        created: now.clone(),
        modified: now,
        body: columns.body.clone(),
        key_folded: columns.key_folded.clone(),
        external_id: columns.external_id.clone(),
    })
}

pub(super) fn update(connection: &Connection, old: &Row, columns: &Columns) -> rusqlite::Result<Row> {
    let new = Row {
        version: old.version + 1,
        modified: now(),
        roles: columns.roles.clone(),
        body: columns.body.clone(),
        key_folded: columns.key_folded.clone(),
        external_id: columns.external_id.clone(),
        ..old.clone()
    };
    connection
        .prepare_cached(
            "UPDATE resources SET key_folded = ?2, external_id = ?3, roles = ?4, user_type = ?5, active = ?6, \
             version = ?7, modified = ?8, body = ?9 WHERE seq = ?1",
        )?
        .execute(params![
            new.seq,
            columns.key_folded,
            columns.external_id,
            new.roles.join("\n"),
            columns.user_type,
            columns.active,
            new.version,
            new.modified,
            new.body
        ])?;
    if old.roles != new.roles {
        release(connection, old.seq, &old.roles)?;
        hold(connection, new.seq, &new.roles)?;
    }
    Ok(new)
}

pub(super) fn delete(connection: &Connection, old: &Row) -> rusqlite::Result<()> {
    release(connection, old.seq, &old.roles)?;
    connection.prepare_cached("DELETE FROM resources WHERE seq = ?1")?.execute([old.seq])?;
    Ok(())
}

fn hold(connection: &Connection, user: i64, roles: &[String]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("INSERT OR IGNORE INTO holders VALUES (?1, ?2)")?;
    roles.iter().try_for_each(|role| statement.execute(params![role, user]).map(drop))
}

fn release(connection: &Connection, user: i64, roles: &[String]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM holders WHERE role = ?1 AND user = ?2")?;
    roles.iter().try_for_each(|role| statement.execute(params![role, user]).map(drop))
}

/// One write that was asked for, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Counts up from 1.
    pub seq: i64,
    /// The name of the credential.
    pub token: String,
    /// `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// The resource type.
    pub kind: String,
    /// The resource, where there was one.
    pub id: Option<String>,
    /// The HTTP status of the answer.
    pub status: u16,
}

pub(super) fn record(
    connection: &Connection,
    token: &str,
    method: &str,
    kind: Kind,
    id: Option<&str>,
    status: u16,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO audit (token, method, kind, id, status) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![token, method, kind.name(), id, status])?;
    Ok(())
}

pub(super) fn audit(connection: &Connection) -> rusqlite::Result<Vec<AuditEntry>> {
    connection
        .prepare("SELECT seq, token, method, kind, id, status FROM audit ORDER BY seq")?
        .query_map([], |row| {
            Ok(AuditEntry {
                seq: row.get(0)?,
                token: row.get(1)?,
                method: row.get(2)?,
                kind: row.get(3)?,
                id: row.get(4)?,
                status: row.get(5)?,
            })
        })?
        .collect()
}

/// Whether any resource has this id; ids are unique over all types.
pub(super) fn id_is_taken(connection: &Connection, id: &str) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM resources WHERE id = ?1")?.exists([id])
}
