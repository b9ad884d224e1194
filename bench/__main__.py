"""`make bench`: run every benchmark."""

from bench import quality

quality.main()
