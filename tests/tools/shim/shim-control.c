/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shim-control.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STALL_STEP_MS 20
#define MAX_SCOPES    64

typedef enum { KILL_NEVER, KILL_BEFORE, KILL_HALF, KILL_AFTER } KillWhen;

/* What is asked of one operation. */
typedef struct {
  int error; /* 0: does not fail */
  long fail_count;
  double stall; /* s */
  long stall_count;
  KillWhen kill_when;
  long kill_number;
  long seen; /* calls since the control file came */
} Fault;

/* What is asked for paths with one text in them. */
typedef struct {
  char match[128];
  Fault faults[SHIM_N_OPS];
} Scope;

typedef struct {
  struct timespec changed;
  ino_t inode;
  char prefix[SHIM_PATH_MAX];
  char program[64];
  bool journal;
  bool trace;
  Scope scopes[MAX_SCOPES]; /* the first has no match */
  int n_scopes;
} Control;

static const char *const op_names[SHIM_N_OPS]
    = { "open", "write",  "fdatasync", "fsync",    "syncdir", "rename",
        "link", "unlink", "truncate",  "allocate", "close" };

static const struct {
  const char *name;
  int value;
} errors[] = { { "EIO", EIO },       { "ENOSPC", ENOSPC }, { "EDQUOT", EDQUOT }, { "EROFS", EROFS },
               { "EACCES", EACCES }, { "EMFILE", EMFILE }, { "ESTALE", ESTALE } };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Control control;
static unsigned long generation; /* of control */

const char *
shim_directory (void)
{
  static char directory[SHIM_PATH_MAX];
  Dl_info info;

  if (directory[0] == '\0' && dladdr ((void *) shim_directory, &info) != 0) {
    char text[SHIM_PATH_MAX];
    char *slash;

    snprintf (text, sizeof text, "%s", info.dli_fname);
    slash = strrchr (text, '/');
    if (slash != NULL)
      slash[1] = '\0';
    memcpy (directory, text, sizeof directory);
  }
  return directory;
}

static void
path_beside (const char *name, char *out)
{
  snprintf (out, SHIM_PATH_MAX, "%s%s", shim_directory (), name);
}

void
shim_append (const char *name, const char *text, size_t size)
{
  char path[SHIM_PATH_MAX];
  int fd;

  path_beside (name, path);
  fd = syscall (SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  syscall (SYS_write, fd, text, size);
  syscall (SYS_close, fd);
}

static void
tell (ShimOp op, const char *action, const char *path)
{
  char line[SHIM_PATH_MAX + 128];
  int size = snprintf (line, sizeof line, "%d %s %s %s %s\n", (int) getpid (),
                       program_invocation_short_name, op_names[op], action, path);

  if (size > 0 && (size_t) size < sizeof line)
    shim_append ("events", line, size);
}

/* Of the scope that is being read. */
static Fault *
find_fault (const char *name)
{
  for (int i = 0; i < SHIM_N_OPS; i++)
    if (name != NULL && strcmp (name, op_names[i]) == 0)
      return &control.scopes[control.n_scopes - 1].faults[i];
  return NULL;
}

static void
begin_scope (const char *match)
{
  if (control.n_scopes == MAX_SCOPES)
    return;
  snprintf (control.scopes[control.n_scopes].match, sizeof control.scopes[0].match, "%s", match);
  control.n_scopes++;
}

static int
find_error (const char *name)
{
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (name != NULL && strcmp (name, errors[i].name) == 0)
      return errors[i].value;
  return EIO;
}

static KillWhen
find_when (const char *name)
{
  if (name != NULL && strcmp (name, "half") == 0)
    return KILL_HALF;
  return name != NULL && strcmp (name, "after") == 0 ? KILL_AFTER : KILL_BEFORE;
}

static long
number_or (const char *text, long otherwise)
{
  return text != NULL ? atol (text) : otherwise;
}

static void
read_fault (const char *verb, char **state)
{
  Fault *fault = find_fault (strtok_r (NULL, " ", state));
  const char *how = strtok_r (NULL, " ", state);
  const char *count = strtok_r (NULL, " ", state);

  if (fault == NULL)
    return;
  if (strcmp (verb, "fail") == 0) {
    fault->error = find_error (how);
    fault->fail_count = number_or (count, -1);
  } else if (strcmp (verb, "stall") == 0) {
    fault->stall = how != NULL ? atof (how) : 0;
    fault->stall_count = number_or (count, -1);
  } else {
    fault->kill_when = find_when (how);
    fault->kill_number = number_or (count, 1);
  }
}

static void
read_line (char *line)
{
  char *state = NULL;
  char *word = strtok_r (line, " ", &state);

  if (word == NULL)
    return;
  if (strcmp (word, "prefix") == 0)
    snprintf (control.prefix, sizeof control.prefix, "%s", state);
  else if (strcmp (word, "match") == 0)
    begin_scope (state);
  else if (strcmp (word, "program") == 0)
    snprintf (control.program, sizeof control.program, "%s", state);
  else if (strcmp (word, "journal") == 0)
    control.journal = true;
  else if (strcmp (word, "trace") == 0)
    control.trace = true;
  else
    read_fault (word, &state);
}

static void
read_control (const char *path, const struct stat *info)
{
  static char text[16384];
  int fd = syscall (SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd >= 0 ? syscall (SYS_read, fd, text, sizeof text - 1) : -1;
  char *state = NULL;

  if (fd >= 0)
    syscall (SYS_close, fd);
  memset (&control, 0, sizeof control);
  generation++;
  control.changed = info->st_mtim;
  control.inode = info->st_ino;
  begin_scope ("");
  text[size > 0 ? size : 0] = '\0';
  for (char *line = strtok_r (text, "\n", &state); line; line = strtok_r (NULL, "\n", &state))
    read_line (line);
}

/* Under the lock. */
static void
refresh (void)
{
  char path[SHIM_PATH_MAX];
  struct stat info = { 0 };

  path_beside ("control", path);
  if (syscall (SYS_newfstatat, AT_FDCWD, path, &info, 0) < 0)
    memset (&info, 0, sizeof info);
  if (info.st_ino == control.inode && info.st_mtim.tv_sec == control.changed.tv_sec
      && info.st_mtim.tv_nsec == control.changed.tv_nsec)
    return;
  read_control (path, &info);
}

bool
shim_covers (const char *path)
{
  size_t size;
  bool covered;

  pthread_mutex_lock (&lock);
  refresh ();
  size = strlen (control.prefix);
  covered = size > 0 && strncmp (path, control.prefix, size) == 0
            && (path[size] == '/' || path[size] == '\0');
  pthread_mutex_unlock (&lock);
  return covered;
}

bool
shim_keeps_journal (void)
{
  bool journal;

  pthread_mutex_lock (&lock);
  journal = control.journal;
  pthread_mutex_unlock (&lock);
  return journal;
}

/* Under the lock. The last scope that @path is in; -1: none. */
static int
find_scope (const char *path)
{
  int scope = control.n_scopes - 1;

  if (control.program[0] != '\0' && strcmp (control.program, program_invocation_short_name) != 0)
    return -1;
  while (scope > 0 && strstr (path, control.scopes[scope].match) == NULL)
    scope--;
  return scope;
}

/* @since: the generation that asked for it. */
static void
stall (ShimOp op, const char *path, double seconds, unsigned long since)
{
  tell (op, "stall", path);
  for (long left = seconds * 1000; left > 0; left -= STALL_STEP_MS) {
    bool changed;

    poll (NULL, 0, STALL_STEP_MS);
    pthread_mutex_lock (&lock);
    refresh ();
    changed = generation != since;
    pthread_mutex_unlock (&lock);
    if (changed)
      break;
  }
  tell (op, "stalled", path);
}

/* Only one process dies of a scope of a control file: who makes the file "fired-SCOPE". */
static bool
takes_the_kill (int scope)
{
  char name[32], path[SHIM_PATH_MAX];
  int fd;

  snprintf (name, sizeof name, "fired-%d", scope);
  path_beside (name, path);
  fd = syscall (SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    syscall (SYS_close, fd);
  return fd >= 0;
}

void
shim_die (ShimOp op, const char *path)
{
  tell (op, "kill", path);
  syscall (SYS_kill, syscall (SYS_getpid), SIGKILL);
  for (;;)
    pause ();
}

ShimVerdict
shim_before (ShimOp op, const char *path)
{
  unsigned long since;
  Fault fault;
  bool trace;
  int scope;

  pthread_mutex_lock (&lock);
  scope = find_scope (path);
  if (scope < 0) {
    pthread_mutex_unlock (&lock);
    return SHIM_GO;
  }
  control.scopes[scope].faults[op].seen++;
  fault = control.scopes[scope].faults[op];
  trace = control.trace;
  since = generation;
  pthread_mutex_unlock (&lock);

  if (fault.stall > 0 && (fault.stall_count < 0 || fault.seen <= fault.stall_count))
    stall (op, path, fault.stall, since);
  if (fault.kill_number == fault.seen) {
    if (fault.kill_when == KILL_BEFORE && takes_the_kill (scope))
      shim_die (op, path);
    if (fault.kill_when == KILL_HALF && takes_the_kill (scope))
      return SHIM_HALF;
  }
  if (fault.error != 0 && (fault.fail_count < 0 || fault.seen <= fault.fail_count)) {
    tell (op, "fail", path);
    errno = fault.error;
    return SHIM_FAIL;
  }
  if (trace)
    tell (op, "call", path);
  return SHIM_GO;
}

void
shim_after (ShimOp op, const char *path)
{
  int saved = errno;
  bool dies = false;
  int scope;

  pthread_mutex_lock (&lock);
  scope = find_scope (path);
  if (scope >= 0) {
    const Fault *fault = &control.scopes[scope].faults[op];

    dies = fault->kill_when == KILL_AFTER && fault->kill_number == fault->seen;
  }
  pthread_mutex_unlock (&lock);
  if (dies && takes_the_kill (scope))
    shim_die (op, path);
  errno = saved;
}
