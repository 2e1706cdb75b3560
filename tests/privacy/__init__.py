"""What docs/PRIVACY.md says, watched from outside."""
