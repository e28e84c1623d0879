"""Reports for people: what they hold, and how that becomes Markdown and HTML."""
