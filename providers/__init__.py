"""The upstream APIs, one package each. Nothing in here knows Django, the database or a team."""
