"""A desk in virtual time: its real code in one process, a provider in memory that keeps a record of what it did, and a
worker that may die at any moment. For the random schedules of tests/model and for bench/publish.py."""
