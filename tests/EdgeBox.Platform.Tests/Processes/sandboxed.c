// Does what its first argument says, in a sandbox.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **values) {
    const char *act = count > 1 ? values[1] : "";
    if (!strcmp(act, "exit")) return atoi(values[2]);
    if (!strcmp(act, "abort")) { fputs("about to abort\n", stderr); abort(); }
    if (!strcmp(act, "fault")) raise(SIGSEGV);
    if (!strcmp(act, "sleep")) for (;;) pause();
    if (!strcmp(act, "spin")) {
        while (clock() < CLOCKS_PER_SEC / 20) { }
        if (write(3, "!", 1) != 1) return 9;
        for (;;) { }
    }
    if (!strcmp(act, "flood")) for (int i = 0; i < 100000; i++) fprintf(stderr, "line %d of many\n", i);
    if (!strcmp(act, "environment")) for (char **entry = environ; *entry; entry++) dprintf(3, "%s\n", *entry);
    if (!strcmp(act, "echo")) {
        char line[256];
        ssize_t length;
        while ((length = read(3, line, sizeof line)) > 0) if (write(3, line, length) != length) return 9;
    }
    return 0;
}
