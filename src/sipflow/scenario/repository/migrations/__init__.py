"""Alembic's migrations. `repository.sql` runs them when it opens a database."""
