"""Local stand-ins for upstream APIs. They import nothing of the project and do real media work; see README.md."""
