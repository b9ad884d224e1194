"""`make bench`: run every benchmark."""

from bench import inference, ingestion, quality, serving

quality.main()
inference.main()
serving.main()
ingestion.main()
