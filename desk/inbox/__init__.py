"""What needs somebody at the desk, of every kind, in one list.

`order` says in what order, `reading` finds what waits in one statement and names its state, `items` puts it into words,
`offers` says what can be done about it and `steps` does it, through the services that own the rows. `handling` keeps what the
desk itself notes about a thing: who has it, until when it is put aside, a note. Nothing waits in tables of its own.
"""
