"""Quiz: questions for training, made from the policy. The engine that decides gives the answers, and says why."""
