"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from bookings.services import places

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hvacsched.settings")

application = get_wsgi_application()
places.warm()  # half a second that no caller should wait for
