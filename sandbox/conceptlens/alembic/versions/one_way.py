"""Drop the index of parents for good."""

from alembic import op

revision = "c4d5e6f7a8b9"
down_revision = "b3c4d5e6f7a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("record_parent", "record")


def downgrade() -> None:
    raise NotImplementedError("this revision cannot be undone")
