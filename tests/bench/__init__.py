"""How fast it is, each figure as a ratio to a baseline of the same run: `make bench`."""
