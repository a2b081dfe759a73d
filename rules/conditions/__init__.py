"""The condition language: one family of operators a file, put together in `registry`, read by `parse`."""
