"""Both sides of many calendars are changed at random while everything between them fails; in the end they have to agree.

`floor` builds a shop, `callers`, `dispatcher` and `technicians` act, `troubles` breaks things, `quiet` waits until nothing is
left to do, and `judge` compares the rows with what Google holds (`picture` reads both) and with the log of what was asked
(`log`). `day` is one run of one seed; `hands` are workers inside this process, `__main__` the long run with real ones.
"""
