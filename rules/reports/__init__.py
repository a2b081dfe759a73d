"""Reports: what escalations add up to for people: timelines, digests, reviews. Values in, values and texts out."""
