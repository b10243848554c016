"""The WSGI application that gunicorn serves."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from bookings import speech
from bookings.services import places

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hvacsched.settings")

application = get_wsgi_application()
places.warm()  # half a second that no caller should wait for
speech.warm()
# What is loaded now stays for good: a collection that walks over it again holds up whoever is on the line, by 70 ms.
gc.collect()
gc.freeze()
