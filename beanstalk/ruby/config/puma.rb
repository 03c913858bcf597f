# On Elastic Beanstalk nginx looks at this socket; anywhere else the service listens on PORT.
bind Dir.exist?('/opt/elasticbeanstalk') ? 'unix:///var/run/puma/my_app.sock' : "tcp://127.0.0.1:#{ENV.fetch('PORT', '3000')}"
# One process, because /info counts what one process answered; a service without such a count sets one a CPU.
workers 0
threads 8, 8
