/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-spool.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_MODE 0750
#define MAX_ID         128

struct _TytoSpool {
  GObject parent_instance;

  char *directory;
  char *prefix; /* @directory and a slash */
  int lock;     /* -1: not claimed */
  TytoSpoolClaim claim;
  gint64 since_us;
};

G_DEFINE_FINAL_TYPE (TytoSpool, tyto_spool, G_TYPE_OBJECT)

/* A claim on its way through the thread. */
typedef struct {
  char *directory;
  char *catalogue_id;
  gboolean empty;
  int lock;
  TytoSpoolClaim claim;
  gint64 since_us;
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  if (attempt->lock >= 0)
    close (attempt->lock);
  g_free (attempt->directory);
  g_free (attempt->catalogue_id);
  g_free (attempt);
}

TytoSpool *
tyto_spool_new (const char *directory)
{
  TytoSpool *self = g_object_new (TYTO_TYPE_SPOOL, NULL);

  self->directory = g_canonicalize_filename (directory, "/");
  self->prefix = g_str_has_suffix (self->directory, "/") ? g_strdup (self->directory)
                                                         : g_strconcat (self->directory, "/", NULL);
  return self;
}

const char *
tyto_spool_get_directory (TytoSpool *self)
{
  return self->directory;
}

static gboolean
set_storage_error (const char *what, const char *path, GError **error)
{
  int code = errno;

  tyto_set_error (error, TYTO_ERROR_STORAGE,
                  "Make output-dir a directory that the recorder may write to.",
                  "Could not %s %s: %s", what, path, g_strerror (code));
  return FALSE;
}

static gboolean
take_lock (Attempt *attempt, const char *home, GError **error)
{
  g_autofree char *path = g_build_filename (home, "lock", NULL);

  attempt->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (attempt->lock < 0)
    return set_storage_error ("open", path, error);
  if (flock (attempt->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (errno != EWOULDBLOCK) {
    g_message ("%s cannot be locked (%s): see to it yourself that one recorder alone uses it",
               attempt->directory, g_strerror (errno));
    return TRUE;
  }
  tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS,
                  "Stop that one first, or give this one another output-dir.",
                  "Another recorder records into %s", attempt->directory);
  return FALSE;
}

/* The file at @path: the id, and in a second line since when, in µs. @id: "" when there is none.
 * FALSE when it cannot be read. */
static gboolean
read_id (const char *path, char **id, gint64 *since_us, GError **error)
{
  char text[MAX_ID + 1] = "";
  g_auto (GStrv) lines = NULL;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gssize n = 0;

  if (fd >= 0) {
    n = read (fd, text, MAX_ID);
    close (fd);
  }
  if (n < 0 || (fd < 0 && errno != ENOENT))
    return set_storage_error ("read", path, error);
  lines = g_strsplit (text, "\n", 3);
  *id = g_strdup (lines[0] != NULL ? g_strstrip (lines[0]) : "");
  *since_us = lines[0] != NULL && lines[1] != NULL ? g_ascii_strtoll (lines[1], NULL, 10) : 0;
  return TRUE;
}

static gboolean
write_id (const char *path, const char *id, gint64 since_us, GError **error)
{
  g_autofree char *lines = g_strdup_printf ("%s\n%" G_GINT64_FORMAT "\n", id, since_us);
  g_autoptr (GError) cause = NULL;

  if (g_file_set_contents_full (path, lines, (gssize) strlen (lines),
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0640,
                                &cause))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "Could not write %s: %s", path, cause->message);
  return FALSE;
}

static gboolean
compare_id (Attempt *attempt, const char *home, GError **error)
{
  g_autofree char *path = g_build_filename (home, "id", NULL);
  g_autofree char *id = NULL;

  if (!read_id (path, &id, &attempt->since_us, error))
    return FALSE;
  if (g_str_equal (id, attempt->catalogue_id)) {
    attempt->claim = TYTO_SPOOL_OURS;
    return TRUE;
  }
  if (*id != '\0' && !attempt->empty) {
    tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS,
                    "Use the state directory that belongs to it, or give another output-dir.",
                    "The directory %s belongs to another catalogue (%s) than this one (%s): "
                    "nothing is recorded into it",
                    attempt->directory, id, attempt->catalogue_id);
    return FALSE;
  }
  attempt->claim = *id != '\0' ? TYTO_SPOOL_INHERITED : TYTO_SPOOL_NEW;
  attempt->since_us = tyto_time_now ();
  return write_id (path, attempt->catalogue_id, attempt->since_us, error);
}

static void
claim_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Attempt *attempt = data;
  g_autofree char *home = g_build_filename (attempt->directory, TYTO_SPOOL_DIR, NULL);
  GError *error = NULL;

  if (g_mkdir_with_parents (home, DIRECTORY_MODE) != 0)
    set_storage_error ("make", home, &error);
  else if (take_lock (attempt, home, &error))
    compare_id (attempt, home, &error);
  if (error != NULL) {
    /* Now, not when the last reference on the task goes. */
    if (attempt->lock >= 0)
      close (attempt->lock);
    attempt->lock = -1;
    g_task_return_error (task, error);
  } else {
    g_task_return_boolean (task, TRUE);
  }
}

void
tyto_spool_claim_async (TytoSpool *self, const char *catalogue_id, gboolean empty,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Attempt *attempt = g_new0 (Attempt, 1);

  attempt->directory = g_strdup (self->directory);
  attempt->catalogue_id = g_strdup (catalogue_id);
  attempt->empty = empty;
  attempt->lock = -1;
  g_task_set_source_tag (task, tyto_spool_claim_async);
  g_task_set_task_data (task, attempt, (GDestroyNotify) attempt_free);
  if (self->lock >= 0)
    g_task_return_boolean (task, TRUE);
  else
    g_task_run_in_thread (task, claim_in_thread);
}

gboolean
tyto_spool_claim_finish (TytoSpool *self, GAsyncResult *result, TytoSpoolClaim *claim,
                         GError **error)
{
  Attempt *attempt = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (self->lock < 0) {
    self->lock = attempt->lock;
    attempt->lock = -1;
    self->claim = attempt->claim;
    self->since_us = attempt->since_us;
  }
  if (claim != NULL)
    *claim = self->claim;
  return TRUE;
}

gboolean
tyto_spool_is_claimed (TytoSpool *self)
{
  return self->lock >= 0;
}

TytoSpoolClaim
tyto_spool_get_claim (TytoSpool *self)
{
  return self->claim;
}

gint64
tyto_spool_get_since_us (TytoSpool *self)
{
  return self->since_us;
}

gboolean
tyto_spool_is_there (TytoSpool *self)
{
  g_autofree char *path = g_build_filename (self->directory, TYTO_SPOOL_DIR, "lock", NULL);
  struct stat held, named;

  return self->lock >= 0 && fstat (self->lock, &held) == 0 && lstat (path, &named) == 0
         && held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

gboolean
tyto_spool_contains (TytoSpool *self, const char *path)
{
  return g_str_has_prefix (path, self->prefix);
}

static void
tyto_spool_finalize (GObject *object)
{
  TytoSpool *self = TYTO_SPOOL (object);

  if (self->lock >= 0)
    close (self->lock);
  g_free (self->directory);
  g_free (self->prefix);
  G_OBJECT_CLASS (tyto_spool_parent_class)->finalize (object);
}

static void
tyto_spool_class_init (TytoSpoolClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_spool_finalize;
}

static void
tyto_spool_init (TytoSpool *self)
{
  self->lock = -1;
}
