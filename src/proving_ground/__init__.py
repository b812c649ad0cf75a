"""Plants that do not exist, to prove the hub on; the hub never imports them."""
