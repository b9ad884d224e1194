"""The training container: channels in, a verified model and its evaluation out."""
