"""What people do: one verb, one transaction, one module a noun."""
