"""Compares what the assistant told a caller with what stands in the database, after the call.

`turns` has who said what, `phrases` and `changes` how a promise is worded (of the pieces in `vocabulary`), `asides` what makes
it none, `promises` what was promised, `telling` what only says when, `times` and `amounts` which days, times and fees, `rows`
what stands as the call left it, `judging` and `compare` what contradicts it, `checking` what follows. Only
`rows` and `checking` know the database; a contradiction is never mended here, only shown, and where the shop wants it
the customer is written to.
"""
