"""The frontend of a release: bundles checked, kept, published, and looked at as users get them."""
