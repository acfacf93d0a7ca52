"""What every layer shares: errors, clock, identifiers and the event types. Standard library only."""
