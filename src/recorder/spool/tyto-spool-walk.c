/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-spool-walk.h"

#include "base/tyto-error.h"
#include "recorder/broadcasts/tyto-broadcast-names.h"
#include "recorder/cameras/tyto-capture-settings.h"
#include "recorder/spool/tyto-spool-mark.h"
#include "recorder/spool/tyto-spool.h"

#include <errno.h>
#include <string.h>

/* A path template makes a few levels; a loop of bind mounts must not make us go on for ever. */
#define MAX_DEPTH 64

typedef struct {
  TytoSpoolVisit visit;
  gpointer user_data;
  GCancellable *cancellable;
} Walk;

static gboolean
has_media_extension (const char *name, gsize length)
{
  static const char *const extensions[] = { ".mp4", ".ts", ".mkv" };

  for (guint i = 0; i < G_N_ELEMENTS (extensions); i++) {
    gsize n = strlen (extensions[i]);

    if (length > n && strncmp (name + length - n, extensions[i], n) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_suffix (const char *name, const char *suffix, gsize *rest)
{
  *rest = strlen (name) - MIN (strlen (suffix), strlen (name));
  return *rest > 0 && g_str_equal (name + *rest, suffix);
}

TytoSpoolKind
tyto_spool_classify (const char *name)
{
  gsize rest;

  if (has_media_extension (name, strlen (name)))
    return TYTO_SPOOL_MEDIA;
  if (has_suffix (name, TYTO_SPOOL_PART_SUFFIX, &rest) && has_media_extension (name, rest))
    return TYTO_SPOOL_PART;
  if (has_suffix (name, TYTO_SPOOL_MARK_SUFFIX, &rest))
    return TYTO_SPOOL_MARK;
  if (has_suffix (name, TYTO_SPOOL_EMPTY_SUFFIX, &rest) && has_media_extension (name, rest))
    return TYTO_SPOOL_EMPTY;
  return TYTO_SPOOL_OTHER;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in @path, sorted; empty when it is gone. (transfer container) */
static GPtrArray *
list_names (const char *path, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) directory = g_dir_open (path, 0, &cause);
  GPtrArray *names;
  const char *name;

  if (directory == NULL && !g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Let the recorder read it.",
                    "A directory of the recordings cannot be read: %s", cause->message);
    return NULL;
  }
  names = g_ptr_array_new_with_free_func (g_free);
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static gboolean
is_passed_over (const char *name, guint depth)
{
  return depth == 0
         && (g_str_equal (name, TYTO_SPOOL_DIR) || g_str_equal (name, TYTO_BROADCASTS_DIR)
             || g_str_equal (name, TYTO_THUMBNAILS_DIR) || g_str_equal (name, "lost+found"));
}

static gboolean
walk (Walk *self, const char *directory, guint depth, GError **error)
{
  g_autoptr (GPtrArray) names = list_names (directory, error);

  if (names == NULL)
    return FALSE;
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    g_autofree char *path = g_build_filename (directory, name, NULL);
    struct stat about;
    gboolean go_on = TRUE;

    if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
      return FALSE;
    if (is_passed_over (name, depth) || lstat (path, &about) != 0)
      continue;
    if (S_ISDIR (about.st_mode))
      go_on = depth >= MAX_DEPTH || walk (self, path, depth + 1, error);
    else
      go_on = self->visit (path,
                           S_ISREG (about.st_mode) ? tyto_spool_classify (name) : TYTO_SPOOL_OTHER,
                           &about, self->user_data);
    if (!go_on)
      return FALSE;
  }
  return TRUE;
}

gboolean
tyto_spool_walk (const char *directory, TytoSpoolVisit visit, gpointer user_data,
                 GCancellable *cancellable, GError **error)
{
  Walk self = { visit, user_data, cancellable };

  return walk (&self, directory, 0, error);
}
