"""A branch: archived courses."""

import sqlalchemy as sa
from alembic import op

revision = "e6f7a8b9c0d1"
down_revision = "b3c4d5e6f7a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("archive", sa.Column("id", sa.Integer))


def downgrade() -> None:
    op.drop_table("archive")
