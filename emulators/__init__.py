"""Stand-ins for the providers, as programs of their own, for tests and for the demo."""
