-- The database of a server before the first package: a token that may only GET /v1alpha/whoami, and a schema that is
-- some versions old.
PRAGMA application_id = 1467114610;
PRAGMA user_version = 5;
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    password_hash TEXT NOT NULL,
    is_admin INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
    created_at INTEGER NOT NULL,
    token_count INTEGER NOT NULL DEFAULT 0
, ceiling TEXT) STRICT;
INSERT INTO users VALUES(1,'admin','$argon2id$v=19$m=64,t=1,p=1$8CSuEcQc6u6yMSKJv4c6+Q$QGiAEvK6lhv1bdBB25PwlAXTnN2hTmOZFyuIiUrC9GQ',1,1735689600,1,NULL);
CREATE TABLE IF NOT EXISTS "tokens" (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL CHECK (length(id) = 16),
    owner INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    description TEXT NOT NULL,
    life REAL NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    successor BLOB CHECK (length(successor) = 16),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    key_id TEXT NOT NULL,
    is_edited INTEGER NOT NULL DEFAULT 0 CHECK (is_edited IN (0, 1))
, endpoints TEXT) STRICT;
INSERT INTO tokens VALUES(1,X'84001ff0c8c74324a5122b1ab885c738',1,'kept by the upgrade',315360000.0,1735689602,2051049602,2051049602,NULL,X'97f97223cb3ce5c04dcdd7417519436c300c88ce4a26000e5a47fdd59f1ef3ca','2d2199c953849719',0,'["GET /v1alpha/whoami"]');
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    user INTEGER NOT NULL,
    token BLOB
) STRICT;
INSERT INTO changes VALUES(1,1,NULL);
INSERT INTO changes VALUES(2,1,X'84001ff0c8c74324a5122b1ab885c738');
CREATE TABLE uses (
    token INTEGER PRIMARY KEY REFERENCES tokens (seq) ON DELETE CASCADE,
    use_count INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    last_used_from BLOB NOT NULL CHECK (length(last_used_from) = 16),
    run INTEGER NOT NULL,
    counted INTEGER NOT NULL
) STRICT;
INSERT INTO uses VALUES(1,1,1735689603,X'00000000000000000000ffff7f000001',3812574907013075515,1);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    actor TEXT,
    address TEXT,
    action TEXT NOT NULL,
    target TEXT NOT NULL
) STRICT;
INSERT INTO audit VALUES(1,1735689600,'local:root',NULL,'user.created','admin');
INSERT INTO audit VALUES(2,1735689602,'admin','127.0.0.1','sign_in.succeeded','admin');
INSERT INTO audit VALUES(3,1735689602,'admin','127.0.0.1','token.created','84001ff0-c8c7-4324-a512-2b1ab885c738');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('tokens',1);
INSERT INTO sqlite_sequence VALUES('changes',2);
INSERT INTO sqlite_sequence VALUES('users',1);
INSERT INTO sqlite_sequence VALUES('audit',3);
CREATE UNIQUE INDEX tokens_by_id ON tokens (owner, id);
CREATE INDEX tokens_by_description ON tokens (owner, description);
CREATE INDEX tokens_by_end ON tokens (ends_at);
CREATE INDEX replaced_by_end ON tokens (ends_at) WHERE successor IS NOT NULL;
CREATE TRIGGER audit_events_stay_as_they_are BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END;
COMMIT;
