"""The endpoints, one module for each group of paths; each has a `routes` that access.seam.urls lists."""
