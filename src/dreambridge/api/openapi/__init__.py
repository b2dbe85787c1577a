"""What each route takes and answers, as data; `document.py` makes the OpenAPI document of it."""
