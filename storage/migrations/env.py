"""How Alembic reaches the tables: over the connection that `storage.migrate` gives it, in its transaction."""

from alembic import context
from sqlmodel import SQLModel

from storage import tables

assert tables.SourceRow.__tablename__

context.configure(
    connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata, render_as_batch=True
)
context.run_migrations()
