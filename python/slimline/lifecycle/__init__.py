"""A Model in use: explained, compared with its ancestors, monitored, audited and updated.

Imports nothing by itself: all but :mod:`slimline.lifecycle.updating` needs numpy alone.
"""
