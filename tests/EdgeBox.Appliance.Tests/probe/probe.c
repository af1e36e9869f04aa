// Tries to make something leave the machine, by every way that it knows, and says "NAME ERRNO" for each, 0 for what the kernel took.
// Whether anything really left, the sink beside the machine knows. Compiled with TOLD=2 it can stand where the worker's program is: what a
// worker writes there, the daemon passes on.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef TOLD
#define TOLD 1
#endif
static const char *interface = "eth0";

static void told(const char *name, int error) { dprintf(TOLD, "%s %d\n", name, error); }

static void try4(const char *name, int type, int protocol, const char *to, int port) {
    int fd = socket(AF_INET, type | SOCK_NONBLOCK, protocol), on = 1;
    if (fd < 0) { told(name, errno); return; }
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    // With these no route is needed: the interface is named.
    struct ip_mreqn through = { .imr_ifindex = if_nametoindex(interface) };
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &through, sizeof through);
    if (strstr(name, "bound")) setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, strlen(interface));
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    inet_pton(AF_INET, to, &address.sin_addr);
    unsigned char bytes[64] = { 8, 0, 0xf7, 0xff };
    int result = type == SOCK_STREAM || protocol == 132 ? connect(fd, (void *)&address, sizeof address)
        : (int)sendto(fd, bytes, sizeof bytes, 0, (void *)&address, sizeof address);
    int error = result < 0 ? errno : 0;
    if (error == EINPROGRESS) {
        struct pollfd wait = { fd, POLLOUT, 0 };
        socklen_t length = sizeof error;
        if (poll(&wait, 1, 1500) == 0) error = ETIMEDOUT; else getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    }
    told(name, error);
    close(fd);
}

static void try6(const char *name, int type, int protocol, const char *to, int port) {
    int fd = socket(AF_INET6, type | SOCK_NONBLOCK, protocol);
    if (fd < 0) { told(name, errno); return; }
    struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = if_nametoindex(interface) };
    inet_pton(AF_INET6, to, &address.sin6_addr);
    unsigned char bytes[64] = { 128 };
    int result = type == SOCK_STREAM ? connect(fd, (void *)&address, sizeof address) : (int)sendto(fd, bytes, sizeof bytes, 0, (void *)&address, sizeof address);
    told(name, result < 0 ? errno : 0);
    close(fd);
}

static void frame(const char *name, int type) {
    int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    if (fd < 0) { told(name, errno); return; }
    unsigned char bytes[64] = { 255, 255, 255, 255, 255, 255, 0x52, 0x54, 0, 0xeb, 0, 1, type >> 8, type & 255, 0x45 };
    struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(interface), .sll_halen = 6 };
    memset(address.sll_addr, 255, 6);
    told(name, sendto(fd, bytes, sizeof bytes, 0, (void *)&address, sizeof address) < 0 ? errno : 0);
    close(fd);
}

static void local(const char *name, const char *path, int abstract) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strcpy(address.sun_path + abstract, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    told(name, fd < 0 || connect(fd, (void *)&address, offsetof(struct sockaddr_un, sun_path) + abstract + strlen(path) + !abstract) < 0 ? errno : 0);
    close(fd);
}

int main(void) {
    const char *gateway = "10.0.2.2";
    try4("tcp", SOCK_STREAM, 0, gateway, 443);
    try4("tcp-far", SOCK_STREAM, 0, "1.1.1.1", 443);
    try4("udp", SOCK_DGRAM, 0, gateway, 9);
    try4("dns", SOCK_DGRAM, 0, "10.0.2.3", 53);
    try4("ntp", SOCK_DGRAM, 0, gateway, 123);
    try4("dhcp", SOCK_DGRAM, 0, "255.255.255.255", 67);
    try4("mdns", SOCK_DGRAM, 0, "224.0.0.251", 5353);
    try4("llmnr", SOCK_DGRAM, 0, "224.0.0.252", 5355);
    try4("link-local", SOCK_DGRAM, 0, "169.254.1.1", 9);
    try4("broadcast", SOCK_DGRAM, 0, "10.0.2.255", 9);
    try4("udp-bound", SOCK_DGRAM, 0, "1.1.1.1", 53);
    try4("dhcp-bound", SOCK_DGRAM, 0, "255.255.255.255", 67);
    try4("icmp", SOCK_DGRAM, IPPROTO_ICMP, gateway, 0);
    try4("icmp-raw", SOCK_RAW, IPPROTO_ICMP, gateway, 0);
    try4("raw", SOCK_RAW, 253, gateway, 0);
    try4("sctp", SOCK_SEQPACKET, 132, gateway, 9);
    try4("udplite", SOCK_DGRAM, 136, gateway, 9);
    try6("tcp6", SOCK_STREAM, 0, "fec0::2", 443);
    try6("udp6-multicast", SOCK_DGRAM, 0, "ff02::1", 9);
    try6("mdns6", SOCK_DGRAM, 0, "ff02::fb", 5353);
    try6("udp6-link-local", SOCK_DGRAM, 0, "fe80::2", 9);
    try6("icmp6-raw", SOCK_RAW, IPPROTO_ICMPV6, "ff02::2", 0);
    frame("packet-ip", 0x0800);
    frame("packet-arp", 0x0806);
    frame("packet-lldp", 0x88cc);
    int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    told("netlink", fd < 0 ? errno : 0);
    fd = socket(AF_VSOCK, SOCK_STREAM, 0);
    told("vsock", fd < 0 ? errno : 0);
    local("abstract", "edgebox-nobody", 1);
    local("dbus", "/run/dbus/system_bus_socket", 0);
    return 0;
}
