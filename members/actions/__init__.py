"""What is done to people and to the association: one verb, one transaction."""
