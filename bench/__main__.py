"""`make bench`: run every benchmark."""

from bench import drift, explain, inference, ingestion, quality, serving

quality.main()
inference.main()
explain.main()
serving.main()
ingestion.main()
drift.main()
