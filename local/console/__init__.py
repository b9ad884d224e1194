"""The console page: what is going on in the local cloud, to look at and not to change."""
