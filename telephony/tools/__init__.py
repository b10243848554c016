"""The tools the assistant may use, and the words they answer with."""
