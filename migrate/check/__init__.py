"""Links, redirects, content, balance → findings. Asks the running portal over HTTP; never starts it."""
