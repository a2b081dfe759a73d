"""The execution engine: who carries out visits, what is scheduled, and how a service starts and ends."""
