"""PostgreSQL: tables, migrations, locks and the repositories that seal and open."""
