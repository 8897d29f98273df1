"""Alembic's door: the connection is handed in by `commons.store.migrate`; rooms are not imported here."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=False)
context.run_migrations()
