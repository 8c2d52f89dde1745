from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from dashboard import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
application = get_wsgi_application()
logs.scrub_server()
