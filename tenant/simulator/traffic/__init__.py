"""The runtime side of the simulated tenant: a load balancer that speaks TLS, and the runtime nodes behind it.

What lets a certificate in or refuses it is decided in `gates`; everything else brings a request there and its answer
back.
"""
