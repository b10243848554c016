"""Pictures of every page of the desk, made from the demo's shop by the product's own processes."""
