-- Delivery: how far each pipeline has come, its runs and its dead letters.
CREATE TABLE pipeline (           -- the name is the identity; a pipeline that is configured no more stays
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL UNIQUE,
  position  INTEGER NOT NULL,     -- everything up to there is settled, but for those aside
  aside     TEXT NOT NULL,        -- SEQ ATTEMPTS DEATHS FIRST; of each that waits for another attempt
  settled   TEXT NOT NULL,        -- FIRST LAST; of each range that is settled behind `position`
  state     INTEGER NOT NULL,     -- 0: may run, 1: paused by an operator, 2: disabled by the other side
  reason    TEXT NOT NULL,
  since     INTEGER NOT NULL,     -- microseconds since 1970, as all times here
  delivered INTEGER NOT NULL,     -- events since the first day
  dead      INTEGER NOT NULL,
  skipped   INTEGER NOT NULL,
  retried   INTEGER NOT NULL
);

CREATE TABLE run (                -- one call of a sink; the youngest of each pipeline are kept
  number   INTEGER PRIMARY KEY,
  pipeline INTEGER NOT NULL,
  id       TEXT NOT NULL,         -- a UUID, TOCSIN_RUN of a command
  seq      INTEGER NOT NULL,      -- of the first event
  event    TEXT NOT NULL,         -- and its id
  messages INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  started  INTEGER NOT NULL,
  duration INTEGER NOT NULL,      -- microseconds
  verdict  TEXT NOT NULL,
  result   TEXT NOT NULL,
  output   BLOB NOT NULL,
  errors   BLOB NOT NULL
);
CREATE INDEX run_by_pipeline ON run (pipeline, number);

CREATE TABLE dead_letter (        -- the whole event: it outlives the log's
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline     INTEGER NOT NULL,
  seq          INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  since        INTEGER NOT NULL,
  first_failed INTEGER NOT NULL,
  first_result TEXT NOT NULL,
  last_failed  INTEGER NOT NULL,
  last_result  TEXT NOT NULL,
  last_run     TEXT NOT NULL,
  type         TEXT NOT NULL,
  source       TEXT NOT NULL,
  event        TEXT NOT NULL,     -- its id
  recorded     INTEGER NOT NULL,
  authtype     TEXT NOT NULL,
  authid       TEXT NOT NULL,
  output       BLOB NOT NULL,
  errors       BLOB NOT NULL,
  attrs        TEXT,              -- as in table event, and so is data
  data
);
CREATE INDEX dead_letter_by_pipeline ON dead_letter (pipeline, id);
