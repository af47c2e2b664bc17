"""The table of acts: what people may do to which row, and the doors that are made from it."""
