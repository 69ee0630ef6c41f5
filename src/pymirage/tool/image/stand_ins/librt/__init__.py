"""The package of mypyc's run-time helpers, whose modules are C and linked in when hot code imports them."""
