"""`make bench`: run every benchmark."""

from bench import ingestion, quality

quality.main()
ingestion.main()
