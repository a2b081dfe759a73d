"""The shape of policy files: `document` has the whole, `export` its JSON Schema."""
