/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_unix.c - unix sockets: datagrams between two ends that both have a name, in the folder and
 * abstract ones, and a stream whose server has one.
 */
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t address(struct sockaddr_un *a, const char *name)
{
    size_t n = strlen(name);

    memset(a, 0, sizeof(*a));
    a->sun_family = AF_UNIX;
    memcpy(a->sun_path, name, n);
    if (*name == '@') {
        a->sun_path[0] = 0;
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (*name != '@'));
}

static int bound(int type, const char *name)
{
    struct sockaddr_un a;
    socklen_t n = address(&a, name);
    int fd = socket(AF_UNIX, type, 0);

    (void)bind(fd, (const struct sockaddr *)&a, n);
    return fd;
}

/* Either end says something to a named address, then to the one that it is connected to. */
static void datagrams(const char *server, const char *client)
{
    struct sockaddr_un a;
    struct sockaddr_un from;
    socklen_t from_len = sizeof(from);
    socklen_t n = address(&a, server);
    int to = bound(SOCK_DGRAM, server);
    int fd = bound(SOCK_DGRAM, client);
    char buf[16];

    (void)sendto(fd, "one", 3, 0, (const struct sockaddr *)&a, n);
    (void)recvfrom(to, buf, sizeof(buf), 0, (struct sockaddr *)&from, &from_len);
    (void)sendto(to, "two", 3, 0, (const struct sockaddr *)&from, from_len);
    (void)recv(fd, buf, sizeof(buf), 0);
    (void)connect(fd, (const struct sockaddr *)&a, n);
    (void)send(fd, "three", 5, 0);
    (void)recv(to, buf, sizeof(buf), 0);
    (void)close(fd);
    (void)close(to);
}

static void stream(int type, const char *name)
{
    struct sockaddr_un a;
    socklen_t n = address(&a, name);
    int listening = bound(type, name);
    int fd = socket(AF_UNIX, type, 0);
    char buf[16];
    int to;

    (void)listen(listening, 1);
    (void)connect(fd, (const struct sockaddr *)&a, n);
    to = accept(listening, NULL, NULL);
    (void)send(fd, "four", 4, 0);
    (void)recv(to, buf, sizeof(buf), 0);
    (void)send(to, "five", 4, 0);
    (void)recv(fd, buf, sizeof(buf), 0);
    (void)close(fd);
    (void)close(to);
    (void)close(listening);
}

int main(void)
{
    datagrams("server", "client");
    datagrams("@abs/server", "@abs/client");
    stream(SOCK_STREAM, "stream");
    stream(SOCK_SEQPACKET, "@packets");
    return 0;
}
