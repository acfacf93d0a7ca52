"""The tables, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, Text, UniqueConstraint

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

projects = Table(
    "projects",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
)

scenarios = Table(
    "scenarios",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project_id", String(32), ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("flow_data", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    # Counts the drafts ever written, so that the revision of a draft that is gone never comes again.
    Column("draft_revision", Integer, nullable=False, server_default="0"),
    UniqueConstraint("project_id", "name"),
)

versions = Table(
    "scenario_versions",
    metadata,
    Column("scenario_id", String(32), ForeignKey("scenarios.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("saved_at_ms", BigInteger, nullable=False),
    Column("flow_data", Text, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("scenario_id", String(32), ForeignKey("scenarios.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("base_version", Integer, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    Column("client", String(100), nullable=False),
    Column("flow_data", Text, nullable=False),
)
