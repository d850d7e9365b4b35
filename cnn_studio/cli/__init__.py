"""The command line: the same engine without a window, for scripts, servers and tests."""
