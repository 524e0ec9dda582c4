"""What the tests on the real binary stand on: a private PostgreSQL cluster, the service as a process, its callers."""
