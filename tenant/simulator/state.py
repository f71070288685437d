"""The one file that holds the simulated tenant: opening it, its tables, its transactions.

What the rows mean is not known here; each module of the API reads and writes its own tables.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Row = sqlite3.Row
SqlValue = str | int | float | bytes | None

# Raised with every change of the tables; a file of another number is not touched.
SCHEMA_VERSION = 2
# Times are epoch milliseconds, as SAP prints them.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS packages (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, short_text TEXT NOT NULL, description TEXT NOT NULL,
    version TEXT NOT NULL, vendor TEXT NOT NULL, mode TEXT NOT NULL,
    created_by TEXT NOT NULL, created_at INTEGER NOT NULL, modified_by TEXT NOT NULL, modified_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS flows (
    id TEXT PRIMARY KEY, package_id TEXT NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
    name TEXT NOT NULL, description TEXT NOT NULL, version TEXT NOT NULL, draft INTEGER NOT NULL,
    symbolic_name TEXT NOT NULL, content BLOB NOT NULL,
    created_by TEXT NOT NULL, created_at INTEGER NOT NULL, modified_by TEXT NOT NULL, modified_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS locks (
    resource_id TEXT PRIMARY KEY, flow_id TEXT NOT NULL UNIQUE REFERENCES flows (id) ON DELETE CASCADE,
    created_by TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS deployments (
    id INTEGER PRIMARY KEY AUTOINCREMENT, task_id TEXT NOT NULL UNIQUE, flow_id TEXT NOT NULL,
    name TEXT NOT NULL, version TEXT NOT NULL, deployed_by TEXT NOT NULL, content BLOB,
    built_at INTEGER NOT NULL, visible_at INTEGER, settled_at INTEGER NOT NULL,
    task_outcome TEXT NOT NULL, outcome TEXT NOT NULL, error TEXT NOT NULL, addresses TEXT NOT NULL,
    stopping_at INTEGER, gone_at INTEGER, arrivals TEXT NOT NULL, paths TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS deployments_of_flow ON deployments (flow_id, id);
CREATE TABLE IF NOT EXISTS deployment_changes (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT;
CREATE TRIGGER IF NOT EXISTS deployment_added AFTER INSERT ON deployments
    BEGIN DELETE FROM deployment_changes; INSERT INTO deployment_changes VALUES (NULL); END;
CREATE TRIGGER IF NOT EXISTS deployment_changed AFTER UPDATE ON deployments
    BEGIN DELETE FROM deployment_changes; INSERT INTO deployment_changes VALUES (NULL); END;
CREATE TABLE IF NOT EXISTS failures_to_come (
    flow_id TEXT PRIMARY KEY REFERENCES flows (id) ON DELETE CASCADE, text TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS mappings (
    id TEXT PRIMARY KEY, user TEXT NOT NULL, certificate TEXT NOT NULL, valid_until INTEGER NOT NULL,
    created_by TEXT NOT NULL, created_at INTEGER NOT NULL, modified_by TEXT NOT NULL, modified_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS granted_roles (id INTEGER PRIMARY KEY CHECK (id = 1), roles TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
    digest TEXT PRIMARY KEY, audience TEXT NOT NULL, roles TEXT NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS service_instances (
    guid TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, plan TEXT NOT NULL, roles TEXT NOT NULL,
    created_at INTEGER NOT NULL, busy_until INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS service_keys (
    guid TEXT PRIMARY KEY, instance TEXT NOT NULL REFERENCES service_instances (guid) ON DELETE CASCADE,
    name TEXT NOT NULL, certificate TEXT NOT NULL, fingerprint TEXT NOT NULL,
    subject TEXT NOT NULL, issuer TEXT NOT NULL, issue_date INTEGER NOT NULL, pinned INTEGER NOT NULL,
    accepted TEXT NOT NULL, accepted_issue_date INTEGER NOT NULL, last_used_at INTEGER,
    labels TEXT NOT NULL, annotations TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS key_operations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE, key TEXT NOT NULL, type TEXT NOT NULL,
    started_at INTEGER NOT NULL, settled_at INTEGER NOT NULL, failure TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS operations_of_key ON key_operations (key, id);
CREATE TABLE IF NOT EXISTS key_failures_to_come (
    id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, times_left INTEGER,
    due_at INTEGER NOT NULL, ends_at INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS message_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE, flow_id TEXT NOT NULL, flow_name TEXT NOT NULL,
    package_id TEXT NOT NULL, status TEXT NOT NULL, log_start INTEGER NOT NULL, log_end INTEGER NOT NULL,
    correlation_id TEXT NOT NULL, headers TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS message_logs_of_flow ON message_logs (flow_id, log_end);
CREATE TABLE IF NOT EXISTS trace_lines (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, node TEXT NOT NULL, text TEXT NOT NULL,
    log_file_type TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS keystore_entries (
    alias TEXT PRIMARY KEY, certificate TEXT NOT NULL, modified_by TEXT NOT NULL, modified_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS happenings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, happening TEXT NOT NULL, due_at INTEGER, ends_at INTEGER, every REAL,
    times_left INTEGER, happened INTEGER NOT NULL, last_at INTEGER, last_outcome TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS deploys_held_back (
    flow_id TEXT PRIMARY KEY, stage TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS node_lags (
    node TEXT PRIMARY KEY, seconds REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS senders (
    name TEXT PRIMARY KEY, subject TEXT NOT NULL, issuer TEXT NOT NULL, certificate TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS load_balancer_roots (
    fingerprint TEXT PRIMARY KEY, certificate BLOB NOT NULL, added_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS user_roles (user TEXT PRIMARY KEY, roles TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS traffic (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, node TEXT NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, flow_id TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER NOT NULL,
    gate TEXT NOT NULL, words TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    status INTEGER NOT NULL, by_fault INTEGER NOT NULL
) STRICT;
"""


class StateFileUnusableError(Exception):
    """The state file cannot be opened or is not one of ours; `path` and `why` say which and what."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        return (
            f"The state file {self.path} cannot be used ({self.why}). "
            "Name another file with --state, or move this one away."
        )


class State:
    """One SQLite file in WAL mode. Nothing is kept in memory, so SIGKILL at any moment loses no answered change."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises StateFileUnusableError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Starlette calls from one event loop; tests may close from another thread.
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            self._check_version(path)
            self._connection.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                f"PRAGMA busy_timeout=5000; PRAGMA user_version={SCHEMA_VERSION};" + _SCHEMA
            )
        except (OSError, sqlite3.DatabaseError) as error:
            raise StateFileUnusableError(path, str(error)) from error

    def _check_version(self, path: Path) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        tables = self._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        if tables and version != SCHEMA_VERSION:
            raise StateFileUnusableError(path, "it was not made by this version of the simulator")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes of the block or none of them; the commit is done when the block is left."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def rows(self, sql: str, *values: SqlValue) -> list[Row]:
        """Every row of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: SqlValue) -> Row | None:
        """The first row of a query, or None."""
        found: Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def change(self, sql: str, *values: SqlValue) -> int:
        """Run one statement that writes; the number of rows it touched."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, **columns: SqlValue) -> None:
        """Insert one row. Table and column names are ours, never a caller's."""
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  names are ours
        self._connection.execute(sql, tuple(columns.values()))

    def close(self) -> None:
        """Close the file; the write-ahead log is folded in."""
        self._connection.close()
