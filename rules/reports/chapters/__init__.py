"""Chapters: what the handbook shows at a glance: pictures and tables beside the full text of the policy."""
