"""In an image: no terminals."""

from _absent import absent as _absent

error = OSError
ECHO, ICANON, ISIG = 8, 2, 1
TCSANOW, TCSADRAIN, TCSAFLUSH = 0, 1, 2
VMIN, VTIME = 6, 5

tcgetattr = tcsetattr = tcdrain = tcflush = tcflow = tcsendbreak = _absent("terminals")
