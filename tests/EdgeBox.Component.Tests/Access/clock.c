// A wall clock that is wrong, preloaded into a program; waits and the monotonic clock are left alone.
// CLOCK_STARTS=SECONDS: when the program starts, it is so long after 1970. CLOCK_IS_OFF=FILE: it is off by the seconds that stand in the file.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real_gettime)(clockid_t, struct timespec *);
static long shift;
static const char *file;

__attribute__((constructor)) static void begin(void)
{
    struct timespec now;
    real_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    real_gettime(CLOCK_REALTIME, &now);
    const char *starts = getenv("CLOCK_STARTS");
    shift = starts ? atol(starts) - now.tv_sec : 0;
    file = getenv("CLOCK_IS_OFF");
}

static long off(void)
{
    char text[32];
    int from = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (from < 0) {
        return shift;
    }
    ssize_t length = read(from, text, sizeof text - 1);
    close(from);
    text[length > 0 ? length : 0] = 0;
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!real_gettime) {
        begin();
    }
    int result = real_gettime(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        time->tv_sec += off();
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return result;
}

time_t time(time_t *to)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (to) {
        *to = now.tv_sec;
    }
    return now.tv_sec;
}
