"""What the screens show, one module a noun."""
