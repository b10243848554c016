"""The assistant a shop has at Vapi, made from the shop's own data: what it is, what it knows, and what a call tells it."""
