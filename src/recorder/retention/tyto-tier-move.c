/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-tier-move.h"

#include "base/tyto-error.h"
#include "recorder/disk/tyto-disk-space.h"
#include "recorder/retention/tyto-file-beneath.h"
#include "recorder/retention/tyto-file-copy.h"
#include "recorder/spool/tyto-spool-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP     "move"
#define MAX_NAMES 1000

G_DEFINE_BOXED_TYPE (TytoTierMove, tyto_tier_move, tyto_tier_move_ref, tyto_tier_move_unref)

TytoTierMove *
tyto_tier_move_new (const char *journal)
{
  TytoTierMove *self = g_atomic_rc_box_new0 (TytoTierMove);

  self->journal = g_strdup (journal);
  return self;
}

TytoTierMove *
tyto_tier_move_ref (TytoTierMove *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
move_clear (gpointer data)
{
  TytoTierMove *self = data;

  g_free (self->journal);
  g_free (self->id);
  g_free (self->source_root);
  g_free (self->source);
  g_free (self->target_root);
  g_free (self->target);
  g_free (self->sha256);
}

void
tyto_tier_move_unref (TytoTierMove *self)
{
  g_atomic_rc_box_release_full (self, move_clear);
}

static gboolean
set_errno (GError **error, const char *what, const char *path)
{
  int code = errno;

  tyto_set_error (error, TYTO_ERROR_STORAGE, "See that its disk is there and has room.",
                  "Could not %s %s: %s", what, path, g_strerror (code));
  return FALSE;
}

/* --- The journal --- */

static const struct {
  const char *key;
  gsize offset;
} members[] = {
  { "id", G_STRUCT_OFFSET (TytoTierMove, id) },
  { "source-root", G_STRUCT_OFFSET (TytoTierMove, source_root) },
  { "source", G_STRUCT_OFFSET (TytoTierMove, source) },
  { "target-root", G_STRUCT_OFFSET (TytoTierMove, target_root) },
  { "target", G_STRUCT_OFFSET (TytoTierMove, target) },
};

TytoTierMove *
tyto_tier_move_load (const char *journal)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (TytoTierMove) self = tyto_tier_move_new (journal);

  if (!g_key_file_load_from_file (file, journal, G_KEY_FILE_NONE, NULL))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    char **member = G_STRUCT_MEMBER_P (self, members[i].offset);

    *member = g_key_file_get_string (file, GROUP, members[i].key, NULL);
    if (*member == NULL)
      return NULL;
  }
  return g_steal_pointer (&self);
}

static gboolean
write_journal (TytoTierMove *self, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;
  gsize length;

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_key_file_set_string (file, GROUP, members[i].key,
                           G_STRUCT_MEMBER (const char *, self, members[i].offset));
  text = g_key_file_to_data (file, &length, NULL);
  if (g_file_set_contents_full (self->journal, text, (gssize) length,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0640,
                                &cause))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "Could not write %s: %s", self->journal,
                  cause->message);
  return FALSE;
}

/* --- Copying --- */

/* A name in @directory that neither a file nor a copy under way has: @name, else with -1, -2, …
 * before its extension. (transfer full) */
static char *
find_free_name (int directory, const char *name)
{
  const char *dot = strrchr (name, '.');
  int stem = dot != NULL && dot != name ? (int) (dot - name) : (int) strlen (name);

  for (guint i = 0; i < MAX_NAMES; i++) {
    g_autofree char *other
        = i == 0 ? g_strdup (name) : g_strdup_printf ("%.*s-%u%s", stem, name, i, name + stem);
    g_autofree char *part = g_strconcat (other, TYTO_FILE_COPY_SUFFIX, NULL);

    if (faccessat (directory, other, F_OK, AT_SYMLINK_NOFOLLOW) != 0
        && faccessat (directory, part, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
      return g_steal_pointer (&other);
  }
  return NULL;
}

/* The archive's mark goes along. */
static gboolean
copy_mark (TytoTierMove *self, GError **error)
{
  g_autofree char *sha256 = NULL;
  guint64 size;

  return !tyto_spool_is_archived (self->source, &size, &sha256)
         || tyto_spool_is_archived (self->target, NULL, NULL)
         || tyto_spool_mark_archived (self->target, size, sha256, error);
}

static gboolean
copy_into (TytoTierMove *self, int from, int to, const char *wanted, GCancellable *cancellable,
           GError **error)
{
  const char *name = tyto_file_beneath_name (self->source);
  g_autofree char *free_name = find_free_name (to, name);
  g_autofree char *directory = NULL;
  const TytoFileCopy copy = {
    .from_directory = from,
    .from_name = name,
    .to_directory = to,
    .to_name = free_name,
    .size = self->size,
    .sha256 = self->sha256,
  };

  if (free_name == NULL) {
    errno = EEXIST;
    return set_errno (error, "find a name for", wanted);
  }
  directory = g_path_get_dirname (wanted);
  self->target = g_build_filename (directory, free_name, NULL);
  return write_journal (self, error) && tyto_file_copy (&copy, self->target, cancellable, error)
         && copy_mark (self, error);
}

static gboolean
has_room (TytoTierMove *self, GError **error)
{
  g_autofree char *free_text = NULL;
  TytoDiskUsage usage;

  if (!tyto_disk_space_read (self->target_root, &usage))
    return set_errno (error, "look at the disk of", self->target_root);
  if (usage.free >= tyto_disk_limits_get_floor (&self->limits, usage.total) + self->size)
    return TRUE;
  free_text = g_format_size (usage.free);
  tyto_set_error (error, TYTO_ERROR_STORAGE,
                  "Make room there, or lower the days that recordings are kept.",
                  "The disk of %s is full: %s free", self->target_root, free_text);
  return FALSE;
}

static gboolean
move_copy (TytoTierMove *self, GCancellable *cancellable, GError **error)
{
  const char *relative = tyto_file_beneath_relative (self->source_root, self->source);
  g_autofree char *wanted = NULL;
  gboolean copied = FALSE;
  int from, to;

  if (relative == NULL) {
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL, "%s does not lie below %s", self->source,
                    self->source_root);
    return FALSE;
  }
  if (!has_room (self, error))
    return FALSE;
  wanted = g_build_filename (self->target_root, relative, NULL);
  from = tyto_file_beneath_open_directory (self->source_root, relative, FALSE);
  if (from < 0) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "%s is gone: %s", self->source,
                    g_strerror (errno));
    return FALSE;
  }
  to = tyto_file_beneath_open_directory (self->target_root, relative, TRUE);
  if (to >= 0) {
    copied = copy_into (self, from, to, wanted, cancellable, error);
    close (to);
  } else {
    set_errno (error, "make the directory of", wanted);
  }
  close (from);
  return copied;
}

static void
copy_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TytoTierMove *self = data;
  GError *error = NULL;

  if (move_copy (self, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
tyto_tier_move_copy_async (TytoTierMove *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tyto_tier_move_copy_async);
  g_task_set_task_data (task, tyto_tier_move_ref (self), (GDestroyNotify) tyto_tier_move_unref);
  g_task_run_in_thread (task, copy_in_thread);
}

/* --- Settling --- */

/* Deletes @path (NULL: there never was one) and its names of the time before it was whole; gone
 * already is as good. */
static gboolean
remove_file (const char *root, const char *path, GError **error)
{
  const char *const suffixes[] = { "", TYTO_FILE_COPY_SUFFIX, TYTO_SPOOL_MARK_SUFFIX };
  const char *relative = path != NULL ? tyto_file_beneath_relative (root, path) : NULL;
  gboolean removed = TRUE;
  int directory;

  if (relative == NULL)
    return TRUE;
  if (!tyto_file_beneath_is_there (root)) {
    errno = ENOENT;
    return set_errno (error, "find", root);
  }
  directory = tyto_file_beneath_open_directory (root, relative, FALSE);
  if (directory < 0)
    return errno == ENOENT || set_errno (error, "open the directory of", path);
  for (guint i = 0; i < G_N_ELEMENTS (suffixes) && removed; i++) {
    g_autofree char *name = g_strconcat (tyto_file_beneath_name (relative), suffixes[i], NULL);

    removed = unlinkat (directory, name, 0) == 0 || errno == ENOENT;
  }
  removed = removed && fsync (directory) == 0;
  if (!removed)
    set_errno (error, "delete", path);
  close (directory);
  return removed;
}

static gboolean
is_there (const char *root, const char *path)
{
  const char *relative = tyto_file_beneath_relative (root, path);
  int directory = relative != NULL ? tyto_file_beneath_open_directory (root, relative, FALSE) : -1;
  struct stat about;
  gboolean there;

  if (directory < 0)
    return FALSE;
  there = fstatat (directory, tyto_file_beneath_name (relative), &about, AT_SYMLINK_NOFOLLOW) == 0
          && S_ISREG (about.st_mode);
  close (directory);
  return there;
}

static gboolean
move_settle (TytoTierMove *self, gboolean moved, GError **error)
{
  /* It may have been archived while it was copied. */
  if (moved && !copy_mark (self, error))
    return FALSE;
  if (!moved && !is_there (self->source_root, self->source))
    g_message ("%s is kept: the file it was copied from is gone", self->target);
  else if (!(moved ? remove_file (self->source_root, self->source, error)
                   : remove_file (self->target_root, self->target, error)))
    return FALSE;
  if (unlink (self->journal) != 0 && errno != ENOENT)
    return set_errno (error, "delete", self->journal);
  return TRUE;
}

static void
settle_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TytoTierMove *self = data;
  gboolean moved = g_task_get_source_tag (task) == tyto_tier_move_settle_async;
  GError *error = NULL;

  if (move_settle (self, moved, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
tyto_tier_move_settle_async (TytoTierMove *self, gboolean moved, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, moved ? tyto_tier_move_settle_async : NULL);
  g_task_set_task_data (task, tyto_tier_move_ref (self), (GDestroyNotify) tyto_tier_move_unref);
  g_task_run_in_thread (task, settle_in_thread);
}

gboolean
tyto_tier_move_finish (TytoTierMove *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
