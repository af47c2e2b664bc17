"""Signed heads of the audit trail, kept in a bucket where the portal can only add to them."""
