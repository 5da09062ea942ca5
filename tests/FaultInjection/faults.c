// A disk and a console that fail, for one process: preloaded, it stands in front of the C library's calls on files, counts those
// that concern a folder or one of the two outputs, and makes the n-th of them fail.
//
// Only calls that a given error can come from are counted: a full disk stops those that need room, and nothing stops a
// file from being removed because the disk is full. A process either names all that in its environment (IAD_FAULT_...), and
// finds at its end in IAD_FAULT_LOG what happened, or calls fault_arm and fault_disarm itself, again and again.

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

// Onward: from the n-th call on, of the folder or of the output that it concerned. Short: the same, and the n-th writes half.
enum mode { ONCE, ONWARD, SHORT };

// What kinds of calls there are, as far as the errors differ that may come of them.
enum kind { OPENS = 1, CREATES = 2, READS = 4, WRITES = 8, SYNCS = 16, CLOSES = 32, REMOVES = 64, CHANGES = 128, LOCKS = 256 };

static char folder[PATH_MAX];
static size_t folder_length;
static char console[2][64];
static atomic_long calls;
static atomic_int armed;
static long fails_at;
static int error_number, fault_mode;
static const char *failed_call = "";
static char failed_thing;
static char failed_at[PATH_MAX];

static int kinds_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT: return CREATES | WRITES | SYNCS | CLOSES;
    case EACCES: return OPENS | CREATES | REMOVES | CHANGES;
    case EINTR: return OPENS | READS | WRITES | SYNCS | CLOSES | LOCKS;
    default: return ~0;
  }
}

static int is_ours(const char *path) {
  return path && folder_length && strncmp(path, folder, folder_length) == 0
    && (path[folder_length] == '/' || path[folder_length] == 0);
}

// What lies behind a descriptor: a path, or pipe:[123]. Zero where it does not concern us.
static int behind(int descriptor, int kind, char *link, size_t size) {
  char name[32];
  snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(name, link, size - 1);
  if (length < 0) return 0;
  link[length] = 0;
  if (is_ours(link)) return 1;
  return kind == WRITES && (strcmp(link, console[0]) == 0 || strcmp(link, console[1]) == 0);
}

// f, o or e: the folder or one of the outputs.
static char thing(const char *where) {
  return strcmp(where, console[0]) == 0 ? 'o' : strcmp(where, console[1]) == 0 ? 'e' : 'f';
}

// 0: let it pass; 1: it fails; 2: it writes half.
static int decide(int kind, const char *call, const char *where) {
  if (!(kinds_of(error_number) & kind)) return 0;
  long number = atomic_fetch_add(&calls, 1) + 1;
  if (fails_at == 0 || number < fails_at || (fault_mode == ONCE && number > fails_at)) return 0;
  if (number == fails_at) {
    failed_call = call;
    failed_thing = thing(where);
    snprintf(failed_at, sizeof failed_at, "%s", failed_thing == 'o' ? "stdout" : failed_thing == 'e' ? "stderr" : where);
    if (fault_mode == SHORT && kind == WRITES) return 2;
  } else if (thing(where) != failed_thing) {
    return 0;
  }
  errno = error_number;
  return 1;
}

static int fails_on(int kind, const char *call, const char *path) {
  return atomic_load(&armed) && is_ours(path) ? decide(kind, call, path) : 0;
}

static int fails_behind(int kind, const char *call, int descriptor) {
  char link[PATH_MAX];
  int before = errno;
  if (!atomic_load(&armed) || !behind(descriptor, kind, link, sizeof link)) {
    errno = before;
    return 0;
  }
  errno = before;
  return decide(kind, call, link);
}

void fault_arm(const char *where, long at, int error, int mode) {
  snprintf(folder, sizeof folder, "%s", where);
  folder_length = strlen(folder);
  for (int i = 0; i < 2; i++) {
    char name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", i + 1);
    ssize_t length = readlink(name, console[i], sizeof console[i] - 1);
    console[i][length < 0 ? 0 : length] = 0;
  }
  atomic_store(&calls, 0);
  fails_at = at;
  error_number = error;
  fault_mode = mode;
  failed_call = "";
  failed_at[0] = 0;
  atomic_store(&armed, 1);
}

long fault_disarm(void) {
  atomic_store(&armed, 0);
  return atomic_load(&calls);
}

const char *fault_call(void) { return failed_call; }

const char *fault_place(void) { return failed_at; }

// Both outputs go to other files from now on.
int fault_redirect(const char *output, const char *error) {
  const char *paths[2] = {output, error};
  for (int i = 0; i < 2; i++) {
    int file = open(paths[i], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, i + 1) < 0) return -1;
    close(file);
  }
  return 0;
}

static void *(*real_dlsym)(void *, const char *);

static void *next(const char *name) {
  if (!real_dlsym) {
    real_dlsym = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34");
    if (!real_dlsym) real_dlsym = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    if (!real_dlsym) real_dlsym = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.17");
  }
  return real_dlsym(RTLD_NEXT, name);
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type (*)(__VA_ARGS__))next(name)

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(int, #name, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return fails_on(flags & O_CREAT ? CREATES : OPENS, #name, path) ? -1 : real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int at, const char *path, int flags, ...) { \
    REAL(int, #name, int, const char *, int, ...); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return fails_on(flags & O_CREAT ? CREATES : OPENS, #name, path) ? -1 : real(at, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

DIR *opendir(const char *path) {
  REAL(DIR *, "opendir", const char *);
  return fails_on(OPENS, "opendir", path) ? NULL : real(path);
}

#define READ(name, parameters, arguments, types) \
  ssize_t name parameters { \
    REAL(ssize_t, #name, types); \
    return fails_behind(READS, #name, file) ? -1 : real arguments; \
  }
#define TYPES(...) __VA_ARGS__
READ(read, (int file, void *buffer, size_t size), (file, buffer, size), TYPES(int, void *, size_t))
READ(pread, (int file, void *buffer, size_t size, off_t at), (file, buffer, size, at), TYPES(int, void *, size_t, off_t))
READ(pread64, (int file, void *buffer, size_t size, off64_t at), (file, buffer, size, at), TYPES(int, void *, size_t, off64_t))
READ(preadv64, (int file, const struct iovec *parts, int count, off64_t at), (file, parts, count, at),
  TYPES(int, const struct iovec *, int, off64_t))

// A write of one byte cannot be cut in half.
#define WRITE(name, parameters, arguments, half, types) \
  ssize_t name parameters { \
    REAL(ssize_t, #name, types); \
    int fate = fails_behind(WRITES, #name, file); \
    if (fate == 2 && size < 2) { errno = error_number; fate = 1; } \
    return fate == 1 ? -1 : fate == 2 ? real half : real arguments; \
  }
WRITE(write, (int file, const void *buffer, size_t size), (file, buffer, size), (file, buffer, size / 2),
  TYPES(int, const void *, size_t))
WRITE(pwrite, (int file, const void *buffer, size_t size, off_t at), (file, buffer, size, at), (file, buffer, size / 2, at),
  TYPES(int, const void *, size_t, off_t))
WRITE(pwrite64, (int file, const void *buffer, size_t size, off64_t at), (file, buffer, size, at), (file, buffer, size / 2, at),
  TYPES(int, const void *, size_t, off64_t))
WRITE(writev, (int file, const struct iovec *parts, int size), (file, parts, size), (file, parts, size / 2),
  TYPES(int, const struct iovec *, int))
WRITE(pwritev64, (int file, const struct iovec *parts, int size, off64_t at), (file, parts, size, at), (file, parts, size / 2, at),
  TYPES(int, const struct iovec *, int, off64_t))

#define ON_DESCRIPTOR(kind, name, parameters, arguments, types) \
  int name parameters { \
    REAL(int, #name, types); \
    return fails_behind(kind, #name, file) ? -1 : real arguments; \
  }
ON_DESCRIPTOR(SYNCS, fsync, (int file), (file), int)
ON_DESCRIPTOR(SYNCS, fdatasync, (int file), (file), int)
ON_DESCRIPTOR(WRITES, ftruncate, (int file, off_t size), (file, size), TYPES(int, off_t))
ON_DESCRIPTOR(WRITES, ftruncate64, (int file, off64_t size), (file, size), TYPES(int, off64_t))
ON_DESCRIPTOR(WRITES, fallocate64, (int file, int mode, off64_t at, off64_t size), (file, mode, at, size),
  TYPES(int, int, off64_t, off64_t))
ON_DESCRIPTOR(LOCKS, flock, (int file, int how), (file, how), TYPES(int, int))
ON_DESCRIPTOR(CHANGES, fchmod, (int file, mode_t mode), (file, mode), TYPES(int, mode_t))
ON_DESCRIPTOR(CHANGES, futimens, (int file, const struct timespec times[2]), (file, times), TYPES(int, const struct timespec *))

// What fails to be closed is closed all the same.
int close(int file) {
  REAL(int, "close", int);
  int fate = fails_behind(CLOSES, "close", file);
  int result = real(file);
  if (!fate) return result;
  errno = error_number;
  return -1;
}

#define ON_PATH(kind, name, parameters, arguments, types) \
  int name parameters { \
    REAL(int, #name, types); \
    return fails_on(kind, #name, path) ? -1 : real arguments; \
  }
ON_PATH(CREATES, mkdir, (const char *path, mode_t mode), (path, mode), TYPES(const char *, mode_t))
ON_PATH(REMOVES, unlink, (const char *path), (path), const char *)
ON_PATH(REMOVES, rmdir, (const char *path), (path), const char *)
ON_PATH(CHANGES, chmod, (const char *path, mode_t mode), (path, mode), TYPES(const char *, mode_t))
ON_PATH(CREATES, rename, (const char *from, const char *path), (from, path), TYPES(const char *, const char *))
ON_PATH(CREATES, link, (const char *from, const char *path), (from, path), TYPES(const char *, const char *))
ON_PATH(CREATES, symlink, (const char *to, const char *path), (to, path), TYPES(const char *, const char *))

int utimensat(int at, const char *path, const struct timespec times[2], int flags) {
  REAL(int, "utimensat", int, const char *, const struct timespec *, int);
  return fails_on(CHANGES, "utimensat", path) ? -1 : real(at, path, times, flags);
}

// Managed code that calls the C library by name asks that library for it, past whoever stands in front. It gets ours.
void *dlsym(void *library, const char *name) {
  static const struct { const char *name; void *ours; } all[] = {
    {"open", open}, {"read", read}, {"write", write}, {"close", close}, {"fsync", fsync}, {"rename", rename}, {"unlink", unlink},
  };
  void *ours = NULL;
  for (size_t i = 0; i < sizeof all / sizeof *all && !ours; i++)
    if (strcmp(name, all[i].name) == 0) ours = all[i].ours;
  void *original = ours || !real_dlsym ? next(name) : NULL;
  void *theirs = real_dlsym(library, name);
  return ours && theirs == original ? ours : theirs;
}

__attribute__((constructor)) static void start(void) {
  const char *where = getenv("IAD_FAULT_FOLDER");
  if (!where) return;
  fault_arm(where, atol(getenv("IAD_FAULT_AT")), atoi(getenv("IAD_FAULT_ERROR")), atoi(getenv("IAD_FAULT_MODE")));
}

__attribute__((destructor)) static void end(void) {
  const char *log = getenv("IAD_FAULT_LOG");
  if (!log) return;
  long count = fault_disarm();
  FILE *file = fopen(log, "w");
  if (!file) return;
  fprintf(file, "%ld\n%s\n%s\n", count, failed_call, failed_at);
  fclose(file);
}
