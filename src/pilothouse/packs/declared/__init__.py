"""The declared pack: process scenarios written in plant.toml, not programmed."""
