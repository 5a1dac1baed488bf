# The first one is asked last: who a visitor is, is found out before their chat is looked for.
from . import greeting
from . import session
from . import visitor
from . import rating
from . import transcript
from . import embed
from . import main
from . import cors
from . import webclient
from . import page
