"""Rule tests: what an admin expects of the policy, played on a virtual clock and on helpdesks that are values."""
