"""Who is told what; the words are in templates/prevention/notifications/."""
