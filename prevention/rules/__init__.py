"""Pure predicates over loaded rows; one module a noun."""
