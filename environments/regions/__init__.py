"""The tenancy's regions: read by every plan, subscribed to by an act of its own."""
