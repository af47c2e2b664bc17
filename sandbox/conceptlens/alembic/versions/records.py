"""Keep records."""

import sqlalchemy as sa
from alembic import op

revision = "75cc9c04410b"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record",
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "id", "parent", "body")),
    )


def downgrade() -> None:
    op.drop_table("record")
