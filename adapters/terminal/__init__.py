"""A room in a terminal, or piped: lines in, faces and words (or JSON) out."""
