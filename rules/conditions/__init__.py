"""rules/conditions."""
