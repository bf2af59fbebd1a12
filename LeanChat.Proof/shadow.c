/* Preloaded into the server: what a disk, a clock and the power can do to it.
 *
 * Every write to leanchat.db, its log and its journals is also noted in a journal of our own, and so is every fsync, rename
 * and unlink: from it an image can be made that holds only what was synced, as a disk does when the power goes.
 * A page of shared memory (SHADOW_CONTROL) turns the rest: see struct control. Nothing is written through mmap but the
 * -shm index, which SQLite makes anew. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
  int64_t clock_ns;   /* added to the wall clock */
  int64_t kill_at;    /* the operation before which the process dies; 0: none */
  int64_t done;       /* operations so far */
  int64_t full;       /* 1: no write has room */
  int64_t full_log;   /* n: the n-th write to the log from now has no room, nor any after it */
  int64_t slow_us;    /* every fsync takes so long */
  int64_t read_only;  /* the error of whoever opens one of our files to write; 0: none */
};

#define MAX_FD 65536
static char *names[MAX_FD];   /* the tracked file behind a descriptor: its name in the folder */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct control none, *control = &none;
static int journal = -1;

static int (*next_open)(const char *, int, ...), (*next_open64)(const char *, int, ...), (*next_close)(int);
static int (*next_fsync)(int), (*next_fdatasync)(int), (*next_ftruncate)(int, off_t), (*next_unlink)(const char *), (*next_rename)(const char *, const char *);
static ssize_t (*next_pwrite)(int, const void *, size_t, off_t), (*next_write)(int, const void *, size_t);
static int (*next_clock_gettime)(clockid_t, struct timespec *), (*next_gettimeofday)(struct timeval *, void *);
static time_t (*next_time)(time_t *);

__attribute__((constructor)) static void begin(void) {
  next_open = dlsym(RTLD_NEXT, "open");
  next_open64 = dlsym(RTLD_NEXT, "open64");
  next_close = dlsym(RTLD_NEXT, "close");
  next_fsync = dlsym(RTLD_NEXT, "fsync");
  next_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  next_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  next_unlink = dlsym(RTLD_NEXT, "unlink");
  next_rename = dlsym(RTLD_NEXT, "rename");
  next_pwrite = dlsym(RTLD_NEXT, "pwrite");
  next_write = dlsym(RTLD_NEXT, "write");
  next_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  next_gettimeofday = dlsym(RTLD_NEXT, "gettimeofday");
  next_time = dlsym(RTLD_NEXT, "time");
  const char *path = getenv("SHADOW_CONTROL");
  int fd = path ? next_open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd >= 0) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED)
      control = page;
    next_close(fd);
  }
  if ((path = getenv("SHADOW_JOURNAL")) != NULL)
    journal = next_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static const char *last_part(const char *path) {
  const char *name = path ? strrchr(path, '/') : NULL;
  return name ? name + 1 : path;
}

/* The name of a file of ours in its folder: the database, or the copy before a step of the schema; null for any other, and for the shared index. */
static const char *tracked(const char *path) {
  const char *name = last_part(path);
  if (!name || (strncmp(name, "leanchat.db", 11) != 0 && strncmp(name, "leanchat-schema-", 16) != 0))
    return NULL;
  size_t length = strlen(name);
  return length > 4 && strcmp(name + length - 4, "-shm") == 0 ? NULL : name;
}

static const char *name_of(int fd) { return fd >= 0 && fd < MAX_FD ? names[fd] : NULL; }

/* One entry: kind, length of the name, length of the data, offset; then the name, then the data. */
static void note(char kind, const char *name, int64_t offset, const void *data, size_t length) {
  struct { char kind; uint8_t name; uint16_t none; uint32_t data; int64_t offset; } head = { kind, (uint8_t)strlen(name), 0, (uint32_t)length, offset };
  struct iovec parts[3] = { { &head, sizeof head }, { (void *)name, head.name }, { (void *)data, length } };
  if (journal >= 0)
    (void)!writev(journal, parts, length ? 3 : 2);
}

/* Called with the gate held, before anything is done. */
static void step(void) {
  if (++control->done == control->kill_at)
    kill(getpid(), SIGKILL);
}

static int is_log(const char *name) {
  size_t length = strlen(name);
  return length > 4 && strcmp(name + length - 4, "-wal") == 0;
}

static int no_room(const char *name) {
  if (control->full)
    return 1;
  if (control->full_log > 0 && is_log(name) && --control->full_log == 0)
    control->full = 1;
  return (int)control->full;
}

static int refused(const char *path, int flags) {
  const char *name = last_part(path);
  if (control->read_only == 0 || (flags & O_ACCMODE) == O_RDONLY || !name || strncmp(name, "leanchat.", 9) != 0)
    return 0;
  errno = (int)control->read_only;
  return 1;
}

static int opened(int fd, const char *path, int flags) {
  const char *name = tracked(path);
  struct stat about;
  if (fd < 0 || fd >= MAX_FD)
    return fd;
  pthread_mutex_lock(&gate);
  free(names[fd]);
  names[fd] = name ? strdup(name) : NULL;
  if (name && (flags & O_CREAT))
    note('C', name, 0, NULL, 0);
  if (name && (flags & O_TRUNC))
    note('T', name, 0, NULL, 0);
  /* A folder: an fsync of it makes its names last. */
  if (!name && (flags & O_ACCMODE) == O_RDONLY && fstat(fd, &about) == 0 && S_ISDIR(about.st_mode))
    names[fd] = strdup(strcmp(last_part(path), "backups") == 0 ? "/backups" : "/");
  pthread_mutex_unlock(&gate);
  return fd;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return refused(path, flags) ? -1 : opened(next_open(path, flags, mode), path, flags);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return refused(path, flags) ? -1 : opened(next_open64(path, flags, mode), path, flags);
}

int close(int fd) {
  if (name_of(fd)) {
    pthread_mutex_lock(&gate);
    free(names[fd]);
    names[fd] = NULL;
    pthread_mutex_unlock(&gate);
  }
  return next_close(fd);
}

static ssize_t written(int fd, const void *data, size_t length, off_t offset, int at) {
  const char *name = name_of(fd);
  if (!name || name[0] == '/')
    return at ? next_pwrite(fd, data, length, offset) : next_write(fd, data, length);
  pthread_mutex_lock(&gate);
  step();
  ssize_t done = -1;
  if (no_room(name))
    errno = ENOSPC;
  else {
    if (!at)
      offset = lseek(fd, 0, SEEK_CUR);
    done = at ? next_pwrite(fd, data, length, offset) : next_write(fd, data, length);
    if (done > 0)
      note('W', name, offset, data, (size_t)done);
  }
  int why = errno;
  pthread_mutex_unlock(&gate);
  errno = why;
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return written(fd, data, length, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return written(fd, data, length, offset, 1); }
ssize_t write(int fd, const void *data, size_t length) { return written(fd, data, length, 0, 0); }

static int synced(int fd, int (*really)(int)) {
  const char *name = name_of(fd);
  if (!name)
    return really(fd);
  /* Whoever dies meanwhile has synced nothing. */
  if (control->slow_us > 0)
    usleep((useconds_t)control->slow_us);
  pthread_mutex_lock(&gate);
  step();
  /* The disk is ours: that it is synced is a note in the journal. */
  note(name[0] == '/' ? 'D' : 'S', name, 0, NULL, 0);
  pthread_mutex_unlock(&gate);
  return 0;
}

int fsync(int fd) { return synced(fd, next_fsync); }
int fdatasync(int fd) { return synced(fd, next_fdatasync); }

static int truncated(int fd, off_t length) {
  const char *name = name_of(fd);
  if (!name || name[0] == '/')
    return next_ftruncate(fd, length);
  pthread_mutex_lock(&gate);
  step();
  int done = next_ftruncate(fd, length);
  if (done == 0)
    note('T', name, length, NULL, 0);
  pthread_mutex_unlock(&gate);
  return done;
}

int ftruncate(int fd, off_t length) { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncated(fd, length); }

int unlink(const char *path) {
  const char *name = tracked(path);
  if (!name)
    return next_unlink(path);
  pthread_mutex_lock(&gate);
  step();
  int done = next_unlink(path);
  if (done == 0)
    note('U', name, 0, NULL, 0);
  int why = errno;
  pthread_mutex_unlock(&gate);
  errno = why;
  return done;
}

int rename(const char *from, const char *to) {
  const char *old = tracked(from), *name = tracked(to);
  if (!old || !name)
    return next_rename(from, to);
  pthread_mutex_lock(&gate);
  step();
  int done = next_rename(from, to);
  if (done == 0)
    note('R', old, 0, name, strlen(name));
  int why = errno;
  pthread_mutex_unlock(&gate);
  errno = why;
  return done;
}

int clock_gettime(clockid_t which, struct timespec *now) {
  int done = next_clock_gettime ? next_clock_gettime(which, now) : (int)syscall(SYS_clock_gettime, which, now);
  if (done == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) && control->clock_ns) {
    int64_t all = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + control->clock_ns;
    now->tv_sec = all / 1000000000;
    now->tv_nsec = all % 1000000000;
  }
  return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int done = next_gettimeofday(now, zone);
  if (done == 0)
    now->tv_sec += control->clock_ns / 1000000000;
  return done;
}

time_t time(time_t *now) {
  time_t seconds = next_time(NULL) + control->clock_ns / 1000000000;
  if (now)
    *now = seconds;
  return seconds;
}
