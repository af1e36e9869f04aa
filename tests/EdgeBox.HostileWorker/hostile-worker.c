// A worker that was taken over: tries one by one what it must not be able to do, and reports each as "NAME ERRNO", 0 for success,
// on descriptor 3, or on standard output where 3 is not open. Then it lists its descriptors and what it needs and still has.
// Arguments: KEY=VALUE for database, key, model, outside, port, dbus, parent, address; sandboxed=1 to wait for a byte on 3 first;
// harmless=1 to leave out what would change the machine; int80=1 to make a 32-bit call and nothing else.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MODEL 4

static FILE *out;
static int argument_count;
static char **arguments;

static const char *given(const char *key) {
    size_t length = strlen(key);
    for (int i = 1; i < argument_count; i++)
        if (!strncmp(arguments[i], key, length) && arguments[i][length] == '=') return arguments[i] + length + 1;
    return "";
}

static void report(const char *name, long result) { fprintf(out, "%s %d\n", name, result < 0 ? errno : 0); }

#define TRY(name, call) do { errno = 0; report(name, (long)(call)); } while (0)

static int opened(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    close(fd);
    return 0;
}

static int listed(const char *path) {
    DIR *directory = opendir(path);
    if (!directory) return -1;
    int found = readdir(directory) ? 0 : -1;
    closedir(directory);
    return found;
}

static int of_parent(char *path, const char *name) { return sprintf(path, "/proc/%s/%s", given("parent"), name); }

static int made(int family, int type, int protocol) {
    int fd = socket(family, type, protocol);
    if (fd < 0) return -1;
    close(fd);
    return 0;
}

static int connected(int family, const struct sockaddr *to, socklen_t length) {
    int fd = socket(family, SOCK_STREAM, 0);
    if (fd < 0) return -1;
    int result = connect(fd, to, length), error = errno;
    close(fd);
    errno = error;
    return result;
}

static void files(void) {
    char path[4096];
    TRY("open-database", opened(given("database"), O_RDONLY));
    TRY("open-key", opened(given("key"), O_RDONLY));
    TRY("open-other-model", opened(given("model"), O_RDONLY));
    TRY("open-passwd", opened("/etc/passwd", O_RDONLY));
    TRY("open-by-symlink-to-root", opened("/proc/self/root/etc/passwd", O_RDONLY));
    TRY("list-root", listed("/"));
    TRY("list-proc", listed("/proc"));
    TRY("list-etc", listed("/etc"));
    TRY("create-in-tmp", opened("/tmp/edgebox-hostile", O_CREAT | O_WRONLY));
    unlink("/tmp/edgebox-hostile");
    TRY("create-unnamed", opened("/tmp", O_TMPFILE | O_RDWR));
    TRY("create-in-shm", opened("/dev/shm/edgebox-hostile", O_CREAT | O_RDWR));
    unlink("/dev/shm/edgebox-hostile");
    TRY("model-for-writing", opened("/proc/self/fd/4", O_RDWR));
    TRY("model-truncate-by-open", opened("/proc/self/fd/4", O_RDONLY | O_TRUNC));
    TRY("model-chmod", fchmod(MODEL, 0600));
    TRY("model-chown", fchown(MODEL, getuid(), getgid()));
    TRY("model-touch", futimens(MODEL, NULL));
    TRY("model-attribute", fsetxattr(MODEL, "user.hostile", "1", 1, 0));
    TRY("model-lock", flock(MODEL, LOCK_EX | LOCK_NB));
    TRY("model-lease", fcntl(MODEL, F_SETLEASE, F_RDLCK));
    fcntl(MODEL, F_SETLEASE, F_UNLCK);
    int flags = 0;
    TRY("model-get-flags", ioctl(MODEL, FS_IOC_GETFLAGS, &flags));
    TRY("model-set-flags", ioctl(MODEL, FS_IOC_SETFLAGS, &flags));
    TRY("chmod", chmod(given("database"), 0600));
    TRY("chown", chown(given("database"), getuid(), getgid()));
    TRY("set-attribute", setxattr(given("database"), "user.hostile", "1", 1, 0));
    TRY("truncate", truncate(given("outside"), 10));
    snprintf(path, sizeof path, "%s.moved", given("outside"));
    TRY("link", link(given("outside"), path));
    TRY("unlink", unlink(path));
    TRY("symlink", symlink(given("outside"), path));
    unlink(path);
    TRY("rename", rename(given("outside"), path));
    rename(path, given("outside"));
    snprintf(path, sizeof path, "%s.made", given("outside"));
    TRY("mkdir", mkdir(path, 0700));
    rmdir(path);
    TRY("mkfifo", mkfifo(path, 0700));
    unlink(path);
    TRY("write-core-pattern", opened("/proc/sys/kernel/core_pattern", O_WRONLY));
    TRY("write-own-oom-score", opened("/proc/self/oom_score_adj", O_WRONLY));
    TRY("open-memory-device", opened("/dev/kmsg", O_RDONLY));
    TRY("open-terminal-multiplexer", opened("/dev/ptmx", O_RDWR));
    TRY("inotify", syscall(SYS_inotify_init1, 0));
    TRY("fanotify", syscall(SYS_fanotify_init, 0, 0));
}

static void network(void) {
    struct sockaddr_in loopback = { .sin_family = AF_INET, .sin_port = htons(atoi(given("port"))), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_un bus = { .sun_family = AF_UNIX };
    strncpy(bus.sun_path, given("dbus"), sizeof bus.sun_path - 1);
    int pair[2];
    TRY("connect-tcp", connected(AF_INET, (struct sockaddr *)&loopback, sizeof loopback));
    TRY("connect-dbus", connected(AF_UNIX, (struct sockaddr *)&bus, sizeof bus));
    TRY("socket-udp", made(AF_INET, SOCK_DGRAM, 0));
    TRY("socket-ipv6", made(AF_INET6, SOCK_STREAM, 0));
    TRY("socket-unix", made(AF_UNIX, SOCK_STREAM, 0));
    TRY("socket-raw", made(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    TRY("socket-netlink", made(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    TRY("socket-packet", made(AF_PACKET, SOCK_RAW, 0));
    TRY("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0edgebox-hostile" };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    report("bind-abstract", fd < 0 ? -1 : bind(fd, (struct sockaddr *)&abstract, sizeof abstract));
    TRY("listen", listen(fd < 0 ? 3 : fd, 1));
    close(fd);
    int id = syscall(SYS_shmget, IPC_PRIVATE, 4096, 0600);
    report("system-v-memory", id);
    syscall(SYS_shmctl, id, IPC_RMID, NULL);
    id = syscall(SYS_msgget, IPC_PRIVATE, 0600);
    report("system-v-queue", id);
    syscall(SYS_msgctl, id, IPC_RMID, NULL);
    TRY("posix-queue", syscall(SYS_mq_open, "edgebox-hostile", O_CREAT | O_RDWR, 0600, NULL));
    syscall(SYS_mq_unlink, "edgebox-hostile");
}

static void parent(void) {
    char path[4096], buffer[64];
    pid_t pid = atoi(given("parent"));
    void *address = (void *)strtoull(given("address"), NULL, 10);
    struct iovec local = { buffer, 16 }, remote = { address, 16 };
    of_parent(path, "mem");
    TRY("parent-mem", opened(path, O_RDONLY));
    of_parent(path, "environ");
    TRY("parent-environ", opened(path, O_RDONLY));
    of_parent(path, "maps");
    TRY("parent-maps", opened(path, O_RDONLY));
    of_parent(path, "fd");
    TRY("parent-descriptors", listed(path));
    of_parent(path, "fd/1");
    TRY("parent-descriptor", readlink(path, buffer, sizeof buffer));
    of_parent(path, "root/etc/passwd");
    TRY("parent-root", opened(path, O_RDONLY));
    of_parent(path, "oom_score_adj");
    TRY("parent-oom-score", opened(path, O_WRONLY));
    TRY("parent-ptrace", ptrace(PTRACE_SEIZE, pid, 0, 0));
    TRY("parent-vm-read", process_vm_readv(pid, &local, 1, &remote, 1, 0));
    TRY("parent-vm-write", process_vm_writev(pid, &local, 1, &remote, 1, 0));
    TRY("parent-signal-0", kill(pid, 0));
    TRY("parent-group-signal-0", kill(-1, 0));
    TRY("parent-tgkill", syscall(SYS_tgkill, pid, pid, 0));
    TRY("init-tgkill", syscall(SYS_tgkill, 1, 1, 0));
    TRY("parent-tkill", syscall(SYS_tkill, pid, 0));
    siginfo_t info = { .si_code = SI_QUEUE };
    TRY("parent-queue", syscall(SYS_rt_sigqueueinfo, pid, 0, &info));
    int fd = syscall(SYS_pidfd_open, pid, 0);
    report("parent-pidfd", fd);
    TRY("parent-pidfd-signal", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
    TRY("parent-pidfd-getfd", syscall(SYS_pidfd_getfd, fd, 1, 0));
    struct rlimit limit;
    TRY("parent-limit", prlimit(pid, RLIMIT_NOFILE, NULL, &limit));
    cpu_set_t processors;
    sched_getaffinity(0, sizeof processors, &processors);
    TRY("parent-affinity", sched_setaffinity(pid, sizeof processors, &processors));
    TRY("parent-priority", setpriority(PRIO_PROCESS, pid, 0));
    TRY("parent-descriptor-owner", fcntl(3, F_SETOWN, pid));
}

static int ran(const char *program) {
    pid_t pid;
    char *const argv[] = { (char *)program, "-c", "exit 0", NULL };
    int error = posix_spawn(&pid, program, NULL, NULL, argv, environ);
    if (error) { errno = error; return -1; }
    waitpid(pid, NULL, 0);
    return 0;
}

static int forked(void) {
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    if (pid > 0) waitpid(pid, NULL, 0);
    return pid;
}

static int mapped(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    close(fd);
    return code == MAP_FAILED ? -1 : 0;
}

static long cloned(unsigned long flags) {
    long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    if (pid > 0) waitpid(pid, NULL, 0);
    return pid;
}

static void kernel(void) {
    char buffer[512] = { 0 };
    TRY("run-shell", ran("/bin/sh"));
    TRY("run-outside", ran(given("outside")));
    TRY("run-model", ran("/proc/self/fd/4"));
    TRY("fork", forked());
    // What follows would change the machine where nothing refuses it.
    if (*given("harmless")) return;
    TRY("map-outside-as-code", mapped(given("outside")));
    TRY("anonymous-file", syscall(SYS_memfd_create, "hostile", 0));
    TRY("clone-user-namespace", cloned(CLONE_NEWUSER));
    TRY("clone-vfork-user-namespace", cloned(CLONE_NEWUSER | CLONE_VM | CLONE_VFORK));
    struct { uint64_t words[11]; } attributes = { { 0, 0, 0, 0, SIGCHLD } };
    long pid = syscall(SYS_clone3, &attributes, 64);
    if (pid == 0) _exit(0);
    TRY("clone3", pid < 0 ? syscall(SYS_clone3, &attributes, 64) : waitpid(pid, NULL, 0));
    TRY("mount", mount("none", "/mnt", "tmpfs", 0, NULL));
    TRY("unmount", umount2("/mnt", MNT_DETACH));
    TRY("chroot", chroot("/"));
    TRY("unshare-files", unshare(CLONE_NEWNS));
    TRY("unshare-user", unshare(CLONE_NEWUSER));
    TRY("setns", setns(open("/proc/self/ns/uts", O_RDONLY), CLONE_NEWUTS));
    TRY("io-uring", syscall(SYS_io_uring_setup, 8, buffer));
    TRY("bpf", syscall(SYS_bpf, 0, buffer, sizeof buffer));
    TRY("perf", syscall(SYS_perf_event_open, buffer, 0, -1, -1, 0));
    TRY("userfaultfd", syscall(SYS_userfaultfd, 0));
    TRY("keyctl", syscall(SYS_keyctl, 0, -1, 1));
    TRY("add-key", syscall(SYS_add_key, "user", "hostile", "1", 1, -2));
    TRY("personality", syscall(SYS_personality, 0xffffffff));
    TRY("module", syscall(SYS_init_module, buffer, 1, ""));
    TRY("kexec", syscall(SYS_kexec_load, 0, 0, NULL, 0));
    TRY("reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
    TRY("kernel-log", syscall(SYS_syslog, 10, NULL, 0));
    TRY("clock", syscall(SYS_adjtimex, buffer));
    TRY("open-by-handle", syscall(SYS_open_by_handle_at, AT_FDCWD, buffer, O_RDONLY));
    TRY("file-handle", syscall(SYS_name_to_handle_at, AT_FDCWD, "/", buffer, buffer + 256, 0));
    TRY("openat2", syscall(SYS_openat2, AT_FDCWD, "/proc/self/maps", (uint64_t[3]) { O_RDONLY | O_CLOEXEC }, 24));
    TRY("type-into-terminal", ioctl(open("/dev/ptmx", O_RDWR | O_NOCTTY), TIOCSTI, "x"));
    TRY("call-of-the-future", syscall(600));
    TRY("set-user", setuid(65534));
    // The last one: where systemd bounds it too, this ends it.
    TRY("x32-call", syscall(0x40000000 | SYS_getpid));
}

static void *nothing(void *argument) { return argument; }

static volatile sig_atomic_t signalled;

static void note(int number) { signalled = number; }

static void needs(void) {
    char content[64] = { 0 };
    pthread_t thread;
    int fd;
    TRY("need-model-by-path", (fd = open("/proc/self/fd/4", O_RDONLY)) < 0 ? -1 : read(fd, content, sizeof content - 1));
    fprintf(out, "content %s\n", content);
    TRY("need-model-mapped", mmap(NULL, 16, PROT_READ, MAP_SHARED, MODEL, 0) == MAP_FAILED ? -1 : 0);
    TRY("need-thread", (errno = pthread_create(&thread, NULL, nothing, NULL)) ? -1 : pthread_join(thread, NULL));
    signal(SIGUSR1, note);
    TRY("need-own-signal", raise(SIGUSR1));
    TRY("need-own-signal-arrives", signalled == SIGUSR1 ? 0 : -1);
    TRY("need-maps", opened("/proc/self/maps", O_RDONLY));
    TRY("need-meminfo", opened("/proc/meminfo", O_RDONLY));
    TRY("need-randomness", opened("/dev/urandom", O_RDONLY));
    TRY("need-null", opened("/dev/null", O_RDWR));
    TRY("need-library", opened("/lib64/ld-linux-x86-64.so.2", O_RDONLY));
    TRY("need-pipe", pipe((int[2]) { 0 }));
    struct rlimit core, file;
    getrlimit(RLIMIT_CORE, &core);
    getrlimit(RLIMIT_FSIZE, &file);
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(content, sizeof content, status))
        if (!strncmp(content, "CapEff:\t", 8) || !strncmp(content, "CapPrm:\t", 8)) fprintf(out, "%.6s %s", content, content + 8);
    fprintf(out, "limits %lu %lu\n", (unsigned long)core.rlim_max, (unsigned long)file.rlim_max);
}

int main(int count, char **values) {
    argument_count = count;
    arguments = values;
    int channel = fcntl(3, F_GETFD) >= 0 && *given("sandboxed");
    char list[4096] = "", *end = list;
    for (int fd = 0; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0 && end < list + sizeof list - 8) end += sprintf(end, " %d", fd);
    out = fdopen(channel ? 3 : 1, "w");
    setvbuf(out, NULL, _IOLBF, 4096);
    // The starter speaks first: by then the limits hold.
    char go;
    if (channel && read(3, &go, 1) != 1) return 2;
    fprintf(out, "descriptors%s\n", list);
    if (*given("int80")) {
        long result = 20;
        __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
        fprintf(out, "int80 %ld\n", result);
        return 0;
    }
    needs();
    files();
    network();
    parent();
    kernel();
    fprintf(out, "done 0\n");
    fflush(out);
    return 0;
}
