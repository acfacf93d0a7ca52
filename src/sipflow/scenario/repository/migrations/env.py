"""Run by Alembic: migrates the connection that `repository.sql` hands over."""

from __future__ import annotations

from alembic import context

from sipflow.scenario.repository.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
