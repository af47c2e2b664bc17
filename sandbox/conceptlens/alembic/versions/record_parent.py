"""Find records by their parent."""

from alembic import op

revision = "b3c4d5e6f7a8"
down_revision = "a2b3c4d5e6f7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("record_parent", "record", ["kind", "parent"])


def downgrade() -> None:
    op.drop_index("record_parent", "record")
