"""Values of the service itself that must outlive it, by name."""

from __future__ import annotations

from sqlmodel import Session

from storage.tables import StateRow


def get(tx: Session, name: str, default: str = "") -> str:
    """Return the remembered value, or `default`."""
    row = tx.get(StateRow, name)
    return default if row is None else row.value


def put(tx: Session, name: str, value: str) -> None:
    """Remember a value under this name, in place of the former one."""
    row = tx.get(StateRow, name) or StateRow(name=name)
    row.value = value
    tx.add(row)
