"""Pictures as files: recipes, thumbnails, safe opening."""
