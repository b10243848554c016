"""django-appointment with the same shop, in its own environment and database: bench.peer starts it."""
