"""Every save is kept as a version; what is not saved yet is kept as a draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables; the document that a scenario has now is its first kept version."""
    op.add_column("scenarios", sa.Column("draft_revision", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "scenario_versions",
        sa.Column("scenario_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("saved_at_ms", sa.BigInteger, nullable=False),
        sa.Column("flow_data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("scenario_id", "version", name="pk_scenario_versions"),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["scenarios.id"], name="fk_scenario_versions_scenario_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "drafts",
        sa.Column("scenario_id", sa.String(32), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("base_version", sa.Integer, nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger, nullable=False),
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("flow_data", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("scenario_id", name="pk_drafts"),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenarios.id"], name="fk_drafts_scenario_id", ondelete="CASCADE"),
    )
    op.execute(
        "INSERT INTO scenario_versions (scenario_id, version, saved_at_ms, flow_data) "
        "SELECT id, version, updated_at_ms, flow_data FROM scenarios"
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("drafts")
    op.drop_table("scenario_versions")
    op.drop_column("scenarios", "draft_revision")
