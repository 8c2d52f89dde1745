"""A bare Django view with one durable insert, to measure the desk's own against (see bench/webhooks)."""
