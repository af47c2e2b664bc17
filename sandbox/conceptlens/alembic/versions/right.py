"""Another branch, which leads one way."""

from alembic import op

revision = "f7a8b9c0d1e2"
down_revision = "b3c4d5e6f7a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("record_parent", "record")


def downgrade() -> None:
    raise NotImplementedError("this revision cannot be undone")
