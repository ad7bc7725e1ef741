"""The index of words behind searches: for each word of the archive, the items that have it.

SQLite keeps it as FTS5 beside `item_search`, PostgreSQL as a GIN index on the same column; both are kept in step by the
database itself. What is indexed is folded already, so the index compares letters and nothing more.
"""

from __future__ import annotations

TABLE = "item_words"

# Positions and lengths are not kept: a search asks which items have a word, the newest first, and ranks by nothing.
_ON_SQLITE = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(words, content='item_search', content_rowid='item_id', detail=none, "
    "columnsize=0, prefix='3 4 5 6', tokenize=\"unicode61 remove_diacritics 0\")",
    f"INSERT INTO {TABLE}({TABLE}) VALUES ('rebuild')",
    f"CREATE TRIGGER item_search_added AFTER INSERT ON item_search BEGIN "
    f"INSERT INTO {TABLE}(rowid, words) VALUES (new.item_id, new.words); END",
    f"CREATE TRIGGER item_search_gone AFTER DELETE ON item_search BEGIN "
    f"INSERT INTO {TABLE}({TABLE}, rowid, words) VALUES ('delete', old.item_id, old.words); END",
    f"CREATE TRIGGER item_search_changed AFTER UPDATE ON item_search BEGIN "
    f"INSERT INTO {TABLE}({TABLE}, rowid, words) VALUES ('delete', old.item_id, old.words); "
    f"INSERT INTO {TABLE}(rowid, words) VALUES (new.item_id, new.words); END",
)
_ON_POSTGRESQL = ("CREATE INDEX item_search_words ON item_search USING gin (to_tsvector('simple', words))",)


def statements(dialect: str) -> tuple[str, ...]:
    """Return what makes the index of words, and keeps it in step, in the words of this dialect."""
    return _ON_POSTGRESQL if dialect == "postgresql" else _ON_SQLITE


def query(dialect: str, stems: tuple[str, ...]) -> str:
    """Return the question "a word beginning with each of these" as the dialect's index takes it."""
    if dialect == "postgresql":
        return " & ".join(f"{_quoted(stem)}:*" for stem in stems)
    return " AND ".join(f'"{stem.replace(chr(34), "")}"*' for stem in stems)


def _quoted(stem: str) -> str:
    return "'" + stem.replace("\\", "").replace("'", "''") + "'"
