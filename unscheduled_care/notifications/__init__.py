"""Who is told what; the words are in templates/unscheduled_care/notifications/."""
