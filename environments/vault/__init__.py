"""What is done with a vault besides planning it: a new version of its key, a deletion taken back."""
