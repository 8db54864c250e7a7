"""The worker process: loads models and runs jobs. Never imports Qt."""
