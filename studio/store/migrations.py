"""The database's shape, as small steps in order; `user_version` says how many have been taken."""

from collections.abc import Callable, Sequence

import apsw

from studio.store.search import TOKENIZER
from studio.store.transactions import transaction

Migration = Callable[[apsw.Connection], None]


def migrate(connection: apsw.Connection, migrations: Sequence[Migration]) -> None:
    """Take the steps that are missing, each whole or not at all; another process may be doing the same."""
    while connection.pragma("user_version") < len(migrations):
        with transaction(connection):
            version: int = connection.pragma("user_version")
            if version < len(migrations):
                migrations[version](connection)
                connection.pragma("user_version", version + 1)


def _first(connection: apsw.Connection) -> None:
    # asset.key is the time of making in milliseconds above 20 bits of the id: newest first is key descending,
    # for the full-text index too. Its text is not stored twice (content='').
    connection.execute(f"""
        CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

        CREATE TABLE asset (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            path TEXT NOT NULL UNIQUE,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            created REAL NOT NULL,
            source TEXT,
            job TEXT NOT NULL,
            starred INTEGER NOT NULL,
            trashed INTEGER NOT NULL,
            recipe TEXT NOT NULL
        ) STRICT;
        CREATE INDEX asset_of_job ON asset (job, key);
        CREATE INDEX asset_shown ON asset (key) WHERE trashed = 0;
        CREATE INDEX asset_starred ON asset (key) WHERE starred = 1 AND trashed = 0;
        CREATE INDEX asset_trashed ON asset (key) WHERE trashed = 1;
        CREATE VIRTUAL TABLE asset_text USING fts5 (
            prompt, negative_prompt, model, title,
            content='', contentless_delete=1, prefix='1 2', tokenize='{TOKENIZER}'
        );

        CREATE TABLE job (
            id TEXT PRIMARY KEY,
            lane TEXT NOT NULL,
            state TEXT NOT NULL,
            created REAL NOT NULL,
            instance TEXT NOT NULL,
            position REAL NOT NULL,
            started REAL,
            ended REAL,
            problem TEXT,
            notes TEXT NOT NULL,
            figures TEXT NOT NULL,
            job TEXT NOT NULL
        ) STRICT;
        CREATE INDEX job_newest ON job (created, id);
        CREATE INDEX job_pending ON job (lane, position) WHERE state = 'pending';
        CREATE INDEX job_alive ON job (instance) WHERE state IN ('pending', 'running');

        CREATE TABLE conversation (
            id TEXT PRIMARY KEY,
            title TEXT NOT NULL,
            created REAL NOT NULL,
            updated REAL NOT NULL,
            system TEXT NOT NULL,
            model TEXT NOT NULL,
            leaf TEXT,
            trashed INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            mirrored INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX conversation_newest ON conversation (trashed, updated);
        CREATE INDEX conversation_dirty ON conversation (id) WHERE changed <> mirrored;

        CREATE TABLE message (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            conversation TEXT NOT NULL REFERENCES conversation ON DELETE CASCADE,
            parent TEXT,
            role TEXT NOT NULL,
            text TEXT NOT NULL,
            created REAL NOT NULL,
            state TEXT NOT NULL,
            model TEXT NOT NULL,
            job TEXT NOT NULL,
            tokens INTEGER NOT NULL,
            seconds REAL NOT NULL
        ) STRICT;
        CREATE INDEX message_of_conversation ON message (conversation, created, id);
        CREATE INDEX message_streaming ON message (id) WHERE state = 'streaming';
        CREATE VIRTUAL TABLE message_text USING fts5 (
            text, content='', contentless_delete=1, tokenize='{TOKENIZER}'
        );

        CREATE TABLE journal (
            key INTEGER PRIMARY KEY,
            message TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
            text TEXT NOT NULL
        ) STRICT;
        CREATE INDEX journal_of_message ON journal (message, key);
    """)


def _find_children(connection: apsw.Connection) -> None:
    """A page of a conversation of ten thousand messages asks for the siblings of twenty."""
    connection.execute("CREATE INDEX message_of_parent ON message (conversation, parent)")


def _find_by_lane(connection: apsw.Connection) -> None:
    """The newest pictures are asked for where most jobs are answers. And no conversation has one model."""
    connection.execute("CREATE INDEX job_of_lane ON job (lane, created, id)")
    connection.execute("ALTER TABLE conversation DROP COLUMN model")


def _find_sheets(connection: apsw.Connection) -> None:
    """A contact sheet is what its jobs and pictures say of it."""
    for table, column in (("job", "job"), ("asset", "recipe")):
        sheet = f"{column} ->> '$.sheet.id'"
        connection.execute(f"CREATE INDEX {table}_of_sheet ON {table} ({sheet}) WHERE {sheet} IS NOT NULL")


def _find_inputs(connection: apsw.Connection) -> None:
    """Few pictures begin with others; all of these are asked for what copies of inputs are still needed."""
    for table, column in (("job", "job"), ("asset", "recipe")):
        inputs = f"{column} -> '$.inputs'"
        connection.execute(f"CREATE INDEX {table}_of_inputs ON {table} (id) WHERE {inputs} IS NOT NULL")


def _keep_failures(connection: apsw.Connection) -> None:
    """What failed of a contact sheet by itself, while the rest went on."""
    connection.execute("ALTER TABLE job ADD COLUMN failures TEXT NOT NULL DEFAULT '[]'")


def _find_lineage(connection: apsw.Connection) -> None:
    """Few pictures are made of others; each may be asked for what was made of it."""
    for name in ("parent", "document"):
        value = f"recipe ->> '$.edit.{name}'"
        connection.execute(f"CREATE INDEX asset_of_{name} ON asset ({value}) WHERE {value} IS NOT NULL")


def _say_more_of_chats(connection: apsw.Connection) -> None:
    """Folders, pins, notes and personas; files given with messages, and what is read of each message."""
    for column in (
        "named INTEGER NOT NULL DEFAULT 0",
        "notes TEXT NOT NULL DEFAULT ''",
        "persona TEXT",
        "folder TEXT NOT NULL DEFAULT ''",
        "pinned INTEGER NOT NULL DEFAULT 0",
    ):
        connection.execute(f"ALTER TABLE conversation ADD COLUMN {column}")
    for column in (
        "attachments TEXT NOT NULL DEFAULT '[]'",
        "pinned INTEGER NOT NULL DEFAULT 0",
        "excluded INTEGER NOT NULL DEFAULT 0",
        "assets TEXT NOT NULL DEFAULT '[]'",
        "finish TEXT NOT NULL DEFAULT ''",
    ):
        connection.execute(f"ALTER TABLE message ADD COLUMN {column}")


def _find_beginnings(connection: apsw.Connection) -> None:
    """`the*` of a million messages was put together from all words that begin so before the first was found.
    Three letters: longer ones begin few words."""
    connection.execute(f"""
        DROP TABLE message_text;
        CREATE VIRTUAL TABLE message_text USING fts5 (
            text, content='', contentless_delete=1, prefix='1 2 3', tokenize='{TOKENIZER}'
        );
        INSERT INTO message_text (rowid, text) SELECT key, text FROM message WHERE role <> 'summary';
    """)


def _say_who_answered(connection: apsw.Connection) -> None:
    """Until now the persona of a conversation stood above all its answers, whoever had written them."""
    connection.execute("""
        ALTER TABLE message ADD COLUMN persona TEXT NOT NULL DEFAULT '';
        UPDATE message SET persona = conversation.persona ->> '$.name' FROM conversation
            WHERE conversation.id = conversation AND role = 'assistant' AND conversation.persona IS NOT NULL;
        UPDATE conversation SET changed = changed + 1 WHERE persona IS NOT NULL;
    """)


def _order_by_date(connection: apsw.Connection) -> None:
    """message.key is the time of saying from now on (see `Chats`): what is imported is older than its row."""
    moment = "CAST(1000 * created AS INTEGER)"
    connection.execute(f"""
        UPDATE message SET key = -1 - key;
        UPDATE message SET key = dated.key FROM (
            SELECT id,
                ({moment} << 20) - 1 + row_number() OVER (PARTITION BY {moment} ORDER BY key DESC) AS key
            FROM message
        ) AS dated WHERE dated.id = message.id;
        DROP TABLE message_text;
        CREATE VIRTUAL TABLE message_text USING fts5 (
            text, content='', contentless_delete=1, prefix='1 2 3', tokenize='{TOKENIZER}'
        );
        INSERT INTO message_text (rowid, text) SELECT key, text || ifnull(
            (SELECT group_concat(char(10) || (value ->> 'name') || char(10)
                || substr(ifnull(value ->> 'text', ''), 1, 20000), '') FROM json_each(attachments)),
            ''
        ) FROM message WHERE role <> 'summary';
    """)


def _find_given(connection: apsw.Connection) -> None:
    """Few messages have pictures; all of these are asked which copies are still needed."""
    connection.execute(
        'CREATE INDEX message_with_pictures ON message (id) WHERE instr(attachments, \'"picture":"\') > 0'
    )


MIGRATIONS: tuple[Migration, ...] = (
    _first,
    _find_children,
    _find_by_lane,
    _find_sheets,
    _find_inputs,
    _keep_failures,
    _find_lineage,
    _say_more_of_chats,
    _find_beginnings,
    _say_who_answered,
    _order_by_date,
    _find_given,
)
