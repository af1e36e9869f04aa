// A worker that was taken over on a booted box: it knows where the box keeps what, and asks its own socket which process is the daemon. What it
// tries and what becomes of it, it writes where the daemon passes it on.
#define main hostile_main
#include "../../EdgeBox.HostileWorker/hostile-worker.c"
#undef main

int main(void) {
    struct ucred daemon = { 0 };
    socklen_t length = sizeof daemon;
    char parent[32];
    // Anywhere else it would do harm: what it tries is refused only where it is bound.
    if (getsockopt(3, SOL_SOCKET, SO_PEERCRED, &daemon, &length) || access("/usr/lib/edgebox/version", F_OK)) return 2;
    snprintf(parent, sizeof parent, "parent=%d", daemon.pid);
    char *values[] = {
        "hostile", "database=/var/lib/edgebox/edgebox.db", "key=/var/lib/edgebox/authority.pem", "model=/usr/share/edgebox/default-model/files/edgebox-model.json",
        "outside=/usr/bin/true", "port=8443", "dbus=/run/dbus/system_bus_socket", parent, "address=4096", NULL,
    };
    dup2(2, 1);
    dprintf(1, "daemon %d\n", daemon.pid);
    return hostile_main(sizeof values / sizeof *values - 1, values) || 1;
}
