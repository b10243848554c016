"""Google's side: calls, consent, errors, and how a visit is written as an event. Knows no task and writes no row."""
