"""Programs that talk to the daemon through its socket alone."""
