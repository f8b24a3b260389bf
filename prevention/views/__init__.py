"""What people see and do, one module a noun."""
