"""Text cells as typed values: what a cell of each type is, and what names somebody hidden."""
