"""The pure core: what a ticket needs now, why, and when that could change. No I/O, no clock, no vendor."""
