"""A PostgreSQL server with pgvector in a folder: prints its address, and ends with its standard input."""

import sys

import pgserver

server = pgserver.get_server(sys.argv[1], cleanup_mode="stop")
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
