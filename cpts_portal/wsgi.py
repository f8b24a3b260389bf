import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cpts_portal.settings")
application = get_wsgi_application()
gc.collect()
gc.freeze()  # what is loaded now stays to the end: no request goes looking through it for rubbish
