"""Who is told what; the words are in templates/members/notifications/."""
