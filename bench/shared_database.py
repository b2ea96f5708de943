# SPDX-License-Identifier: MIT
"""A PostgreSQL server for several nodes: the functional tests' own, but with writes that wait for the disk."""
import base64
import contextlib
import os
import pathlib

from functional_support import postgres
from tools import warder

# No checkpoint happens while something is measured.
SETTINGS = {"fsync": "on", "dynamic_shared_memory_type": "posix", "max_connections": "400", "max_wal_size": "16GB", "checkpoint_timeout": "1h"}
# For a database of which only reading is measured: it is filled faster.
FILLED = {"fsync": "off", "wal_level": "minimal", "max_wal_senders": "0", "maintenance_work_mem": "1GB"}
TABLES = "warder"  # the schema


class SharedDatabase:
    """A context manager: a server with one database, and the file of the key-encryption key."""

    def __init__(self, directory, settings=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir()
        self.server = postgres.Postgres({**SETTINGS, **(settings or {})})
        key_file = self.directory / "encryption-key"
        key_file.touch(mode=0o600)
        key_file.write_text(base64.b64encode(os.urandom(32)).decode())
        self.settings = {"WARDER_STORE": self.server.url(), "WARDER_KEYS_ENCRYPTION_KEY_FILE": str(key_file), "WARDER_DECISION_SOURCE": "original"}

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *details):
        self.server.stop()
        self.server.__exit__(*details)

    def sql(self, text):
        return postgres.psql(self.server.local_url(), text, seconds=3_600)

    def number(self, text):
        return int(self.sql(text))

    def node(self, binary, number=0, settings=None, **options):
        """A context manager: the server that has this number among the nodes."""
        return warder(binary, self.directory / f"node{number}", settings={**self.settings, **(settings or {})}, **options)

    @contextlib.contextmanager
    def nodes(self, binary, count, **options):
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(self.node(binary, number, **options)) for number in range(count)]

    def commits(self):
        """Returns how many transactions were committed. A connection reports its own when it ends, at the latest."""
        return self.number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")

    def log_position(self):
        """Returns how many bytes the write-ahead log has had so far."""
        return self.number("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")

    def cpu_seconds(self):
        """Returns the CPU time that the running processes of the server have used, to the nanosecond: idle ones use little."""
        total = 0
        for pid in self.server.pids():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
                total += int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0])
        return total / 1e9

    def fill(self, count, users=100):
        """Adds tokens, as mints would have, but with digests of nothing. No node may be running."""
        indexes = self.sql(f"SELECT indexdef FROM pg_indexes WHERE schemaname = '{TABLES}' AND tablename = 'tokens' AND indexname NOT LIKE 'tokens_%key'")
        names = self.sql(f"SELECT indexname FROM pg_indexes WHERE schemaname = '{TABLES}' AND tablename = 'tokens' AND indexname NOT LIKE 'tokens_%key'")
        # Indexes that are made afterward are made in a tenth of the time.
        drop = "".join(f"DROP INDEX {name};" for name in names.split())
        self.sql(f"""
            SET search_path = {TABLES};
            -- The owners of the tokens exist, so that no row must be checked for that.
            SET session_replication_role = replica;
            ALTER TABLE tokens DROP CONSTRAINT tokens_id_key;
            {drop}
            INSERT INTO users (name, folded_name, password_hash, is_admin, created_at) SELECT 'filler' || n, 'filler' || n, 'none', false,
                extract(epoch FROM now())::bigint FROM generate_series(1, {users}) n ON CONFLICT DO NOTHING;
            INSERT INTO tokens (id, owner, issued_at, expires_at, digest, key_id, description, life, ends_at, is_edited)
                SELECT uuid_send(gen_random_uuid()), owners[1 + n % {users}], now, now + 31536000, sha256(int8send(n)), 'none', 'filler ' || n,
                       31536000, now + 31536000, false
                FROM (SELECT array_agg(id) AS owners, extract(epoch FROM now())::bigint AS now FROM users WHERE name LIKE 'filler%') all_owners,
                     generate_series(1, {count}) n;
            UPDATE users SET token_count = minted.count FROM (SELECT owner, count(*) AS count FROM tokens GROUP BY owner) minted WHERE id = owner;
            ALTER TABLE tokens ADD CONSTRAINT tokens_id_key UNIQUE (id);
            {indexes.replace(chr(10), ";")}""")
        self.sql(f"VACUUM ANALYZE {TABLES}.tokens")
