"""Compares what the assistant told a caller with what stands in the database, after the call.

`turns` has who said what, `phrases` how a promise is worded, `promises` what was promised, `times` and `amounts` which days,
times and fees, `rows` what stands as the call left it, `compare` what contradicts it, `checking` what follows. Only
`rows` and `checking` know the database; a contradiction is never mended here, only shown, and where the shop wants it
the customer is written to.
"""
