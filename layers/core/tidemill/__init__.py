"""What every room of Tidemill shares: contracts, events, records, profiles, artifacts."""
