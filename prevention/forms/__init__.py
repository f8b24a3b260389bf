"""The shape of what is typed, one module a noun."""
