"""In an image: one interpreter, which has nobody to exchange objects with."""

from _absent import absent as _absent

create = destroy = get = put = _absent("other interpreters")
