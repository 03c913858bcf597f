import os

# 8000 is where the platform's nginx looks, unless the environment property PORT says otherwise.
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
# One process, because /info counts what one process answered; a service without such a count sets one a CPU.
workers = 1
threads = 8
