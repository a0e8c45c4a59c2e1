"""What the figures are measured with: `make bench ROOM=<room>`. Not part of the tests; each says how long it takes."""
