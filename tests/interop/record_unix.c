/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_unix.c - unix sockets: datagrams between two ends that both have a name, in the folder and
 * abstract ones, a stream whose server has one, and descriptors passed from one to another.
 */
#include <fcntl.h>
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

/* A file, a folder, an end of a pipe and a socket, behind the credentials of who sends them. */
static void passed(void)
{
    union {
        struct cmsghdr head;
        char bytes[256];
    } control = {.bytes = {0}};
    struct sockaddr_un server;
    socklen_t n = address(&server, "@taken");
    char buf[16];
    struct iovec vector = {buf, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control};
    int listening = bound(SOCK_STREAM, "@taken");
    int one = 1;
    int pair[2];
    int ends[2];
    int fds[4];

    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0 || pipe(ends) != 0) {
        return;
    }
    (void)setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
    (void)listen(listening, 1);
    fds[0] = open("/etc/passwd", O_RDONLY);
    fds[1] = open("/etc", O_RDONLY | O_DIRECTORY);
    fds[2] = ends[1];
    fds[3] = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)connect(fds[3], (const struct sockaddr *)&server, n);
    control.head = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(fds))};
    memcpy(CMSG_DATA(&control.head), fds, sizeof(fds));
    message.msg_controllen = CMSG_SPACE(sizeof(fds));
    (void)sendmsg(pair[0], &message, 0);
    for (int i = 0; i < 4; i++) {
        (void)close(fds[i]);
    }
    message.msg_controllen = sizeof(control);
    (void)recvmsg(pair[1], &message, 0);
    for (const struct cmsghdr *c = CMSG_FIRSTHDR(&message); c != NULL;
         c = CMSG_NXTHDR(&message, (struct cmsghdr *)c)) {
        memcpy(fds, CMSG_DATA(c), c->cmsg_type == SCM_RIGHTS ? sizeof(fds) : 0);
    }
    for (int i = 0; i < 4; i++) {
        (void)!read(fds[i], buf, 0);
    }
}

int main(void)
{
    datagrams("server", "client");
    datagrams("@abs/server", "@abs/client");
    stream(SOCK_STREAM, "stream");
    stream(SOCK_SEQPACKET, "@packets");
    passed();
    return 0;
}
