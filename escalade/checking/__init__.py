"""What `escalade check` and `escalade test` found, in the formats that programs read."""
