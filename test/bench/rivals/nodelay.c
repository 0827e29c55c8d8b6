/*
 * Loaded before mlmmj-send, which writes the final dot of a mail by itself: Nagle's algorithm then
 * holds it back until the receiver's delayed acknowledgement, 40 ms for each mail on a loopback
 * interface. To win against that would prove nothing, so here it is switched off.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    int on = 1;

    if (address->sa_family == AF_INET)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return next(fd, address, length);
}
