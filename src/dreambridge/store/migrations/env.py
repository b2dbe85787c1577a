"""Run the scripts on the connection, and in the transaction, that `store.schema.migrate` hands over."""

from alembic import context

from dreambridge.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
