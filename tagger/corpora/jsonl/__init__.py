"""JSON Lines and JSON arrays of annotated texts, in our own shapes and in those that other tools export."""
