-- What the sandbox keeps. `mode`, journal and foreign keys are set on each connection.
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- `body` holds the attributes that are assigned, without schemas, id, meta and roles. The other
-- columns are what rules and lookups need of it. `roles` is the ids, one a line: exactly one,
-- but in seeded states.
CREATE TABLE resources (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  key_folded TEXT NOT NULL,
  external_id TEXT,
  roles TEXT NOT NULL,
  user_type TEXT,
  active INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created TEXT NOT NULL,
  modified TEXT NOT NULL,
  body TEXT NOT NULL
);
-- Names are folded by us, for SQLite folds ASCII only. Made unique once the database is filled, unless
-- its seed holds a name twice; requests never make two of one name. An external id is whatever clients
-- make it (RFC 7643 §3.1), so that two resources may have one.
CREATE INDEX resources_by_key ON resources (kind, key_folded);
CREATE INDEX resources_by_kind ON resources (kind);
CREATE INDEX resources_by_external_id ON resources (kind, external_id) WHERE external_id IS NOT NULL;

-- Who holds which role.
CREATE TABLE holders (role TEXT NOT NULL, user INTEGER NOT NULL, PRIMARY KEY (role, user)) WITHOUT ROWID;

-- Numbers that lists and seats ask for with every request, kept by the triggers below:
-- `total` and `deleted` of a kind, `seats` taken of a user type (its folded name).
CREATE TABLE counters (what TEXT NOT NULL, of TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (what, of)) WITHOUT ROWID;

CREATE TRIGGER count_created AFTER INSERT ON resources BEGIN
  INSERT INTO counters VALUES ('total', new.kind, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER count_deleted AFTER DELETE ON resources BEGIN
  UPDATE counters SET n = n - 1 WHERE what = 'total' AND of = old.kind;
  INSERT INTO counters VALUES ('deleted', old.kind, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER seat_created AFTER INSERT ON resources WHEN new.active AND new.user_type IS NOT NULL BEGIN
  INSERT INTO counters VALUES ('seats', new.user_type, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER seat_deleted AFTER DELETE ON resources WHEN old.active AND old.user_type IS NOT NULL BEGIN
  UPDATE counters SET n = n - 1 WHERE what = 'seats' AND of = old.user_type;
END;
CREATE TRIGGER seat_changed AFTER UPDATE OF user_type, active ON resources
WHEN old.user_type IS NOT new.user_type OR old.active <> new.active BEGIN
  UPDATE counters SET n = n - 1 WHERE what = 'seats' AND of = old.user_type AND old.active;
  INSERT INTO counters SELECT 'seats', new.user_type, 1 WHERE new.active AND new.user_type IS NOT NULL
    ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- Every write that was asked for, and what was answered.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  token TEXT NOT NULL,
  method TEXT NOT NULL,
  kind TEXT NOT NULL,
  id TEXT,
  status INTEGER NOT NULL
);
