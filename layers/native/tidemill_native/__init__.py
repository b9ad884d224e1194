"""Compiled from Zig: `texts` loops over columns of text, `scoring` evaluates models."""
