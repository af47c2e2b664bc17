"""Merge both branches."""

revision = "a8b9c0d1e2f3"
down_revision = ("e6f7a8b9c0d1", "f7a8b9c0d1e2")
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
