"""What visitors see: page types, blocks, templates, search."""
