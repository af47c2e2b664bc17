"""One record of a kind and id."""

from alembic import op

revision = "a2b3c4d5e6f7"
down_revision = "75cc9c04410b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("record_key", "record", ["kind", "id"], unique=True)


def downgrade() -> None:
    op.drop_index("record_key", "record")
