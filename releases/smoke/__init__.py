"""The smoke test as data: its format, its judgement, its client, its runner."""
