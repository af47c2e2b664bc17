"""A stand-in for the ConceptLens API: the same HTTP contract, traps included
(docs/conceptlens-stub.md).
"""
