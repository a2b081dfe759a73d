"""Service-level clocks: cycles, pauses, due instants and their reading at one instant."""
