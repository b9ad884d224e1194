"""The few constructs that more than one room is made of."""
