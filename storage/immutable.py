"""A published version is never changed: the database itself refuses, whoever asks."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

_REFUSAL = "a published version of a rule is never changed: publish a new one"
_ON_SQLITE = (f"CREATE TRIGGER rule_is_immutable BEFORE UPDATE ON rule BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END",)
_ON_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION rule_is_immutable() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
    "CREATE TRIGGER rule_is_immutable BEFORE UPDATE ON rule FOR EACH ROW EXECUTE FUNCTION rule_is_immutable()",
)


def statements(dialect: str) -> tuple[str, ...]:
    """Return what makes the table of published versions immutable, in the words of this dialect."""
    return _ON_POSTGRESQL if dialect == "postgresql" else _ON_SQLITE


def guard(rules: Table) -> None:
    """Let the table be made immutable wherever it is created; migrations do the same for databases that exist."""
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(dialect):
            made: DDL = DDL(statement)  # type: ignore[no-untyped-call]
            event.listen(rules, "after_create", made.execute_if(dialect=dialect))
