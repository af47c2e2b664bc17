"""Alembic's environment of the stub's images: connects as the stub does."""

import logging
import os
import sys
from pathlib import Path

from alembic import context
from sqlalchemy import Engine, MetaData, Table, create_engine

from sandbox.conceptlens import database, postgres

MODELS = MetaData()
Table("record", MODELS)


def engine() -> Engine:
    """Return an engine on what DATABASE_URL names."""
    address = database.parse(os.environ["DATABASE_URL"])
    if address.file is not None:
        return create_engine("sqlite://", creator=lambda: database.connect_sqlite(address))
    network = os.environ.get("SANDBOX_NETWORK")

    def connect() -> object:
        return postgres.connect(address, Path(network) if network else None, autocommit=False)

    return create_engine("postgresql+psycopg://", creator=connect)


logging.basicConfig(stream=sys.stdout, format="%(levelname)-5.5s [%(name)s] %(message)s")
logging.getLogger("alembic").setLevel(logging.INFO)
with engine().connect() as connection:
    context.configure(connection=connection, target_metadata=MODELS)
    with context.begin_transaction():
        context.run_migrations()
