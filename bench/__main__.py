"""`make bench`: run every benchmark."""

from bench import drift, inference, ingestion, quality, serving

quality.main()
inference.main()
serving.main()
ingestion.main()
drift.main()
