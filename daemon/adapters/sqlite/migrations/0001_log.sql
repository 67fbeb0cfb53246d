-- The log. One row per event and no index besides the rowid; every 4096 events one block row that stands in
-- for indexes on type, time and id.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;                  -- epoch: 16 hexadecimal digits; hash_key: the secret of the id hashes

CREATE TABLE type   (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE source (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE auth   (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name));

CREATE TABLE event (              -- small columns first, data last: a filter on type never touches data
  seq      INTEGER PRIMARY KEY,
  type     INTEGER NOT NULL,
  recorded INTEGER NOT NULL,      -- microseconds since 1970, never goes back
  sum      INTEGER NOT NULL,      -- XXH3, 32 bits, over every stored field, seeded with seq
  source   INTEGER NOT NULL,
  auth     INTEGER NOT NULL,
  minted   INTEGER NOT NULL,      -- 1: the daemon made the id, so the dedupe window leaves it out
  id       BLOB NOT NULL,         -- a UUID as 16 bytes, any other id as text
  attrs    TEXT,                  -- other attributes as JSON members without braces, NULL when there are none
  data                            -- TEXT: one JSON value; BLOB: binary; NULL: none
);

CREATE TABLE block (
  first INTEGER PRIMARY KEY,
  n     INTEGER NOT NULL,
  t0    INTEGER NOT NULL,
  t1    INTEGER NOT NULL,
  dict  BLOB NOT NULL,            -- the distinct type ids, u32 each, little-endian
  types BLOB NOT NULL,            -- u16 per event: its place in dict
  ids   BLOB NOT NULL             -- u64 per event: keyed hashes of its id and of (auth, source, id)
);

CREATE TABLE missing (            -- sequences that were acknowledged and not found at a start
  first INTEGER PRIMARY KEY,
  last  INTEGER NOT NULL,
  found INTEGER NOT NULL
);

CREATE VIEW events AS
  SELECT seq, t.name AS type, s.name AS source, a.name AS authid,
         CASE typeof(e.id) WHEN 'blob' THEN lower(hex(e.id)) ELSE e.id END AS id,
         strftime('%Y-%m-%dT%H:%M:%fZ', recorded / 1000000.0, 'unixepoch') AS recordedtime,
         attrs, data
    FROM event e JOIN type t ON t.id = e.type JOIN source s ON s.id = e.source JOIN auth a ON a.id = e.auth;
