"""Models from the hub: found there, fetched into the hub's own cache, and looked after."""
