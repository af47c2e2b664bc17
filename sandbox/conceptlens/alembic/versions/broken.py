"""Fail in the middle."""

import sqlalchemy as sa
from alembic import op

revision = "d5e6f7a8b9c0"
down_revision = "b3c4d5e6f7a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer))
    raise RuntimeError("broken on purpose: revision d5e6f7a8b9c0 cannot run")


def downgrade() -> None:
    op.drop_table("half")
