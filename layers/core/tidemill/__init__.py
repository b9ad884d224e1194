"""What every room of Tidemill shares: contracts, events, records, profiles, artifacts."""

__version__ = "0.1.0"
