"""A stand-in of the Picovico API 2.1. README.md of the sandbox says what is real and what is not."""
