"""Where heavy work is done: processes of this machine, or a cluster of an existing engine; one setting says which."""
