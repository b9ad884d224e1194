"""The stacks of Tidemill, one per room."""
