"""The local cloud: the real application, deployed to an emulated AWS on this machine."""
