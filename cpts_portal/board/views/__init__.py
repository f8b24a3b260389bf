"""The pages that look over all the apps."""
