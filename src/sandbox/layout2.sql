-- Layout 2: lists in the order of a name, an id or an external id.
CREATE INDEX resources_by_id ON resources (kind, id);

-- How often a resource has changed its place in one of those orders, by kind.
CREATE TRIGGER count_moved AFTER UPDATE OF key_folded, external_id ON resources
WHEN old.key_folded <> new.key_folded OR old.external_id IS NOT new.external_id BEGIN
  INSERT INTO counters VALUES ('moved', new.kind, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
