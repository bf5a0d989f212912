/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/broadcasts/tyto-broadcast-memo.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "recorder/broadcasts/tyto-broadcast-members.h"
#include "recorder/broadcasts/tyto-broadcast-names.h"

#include <errno.h>
#include <sys/stat.h>

#define SIZE_MAX_BYTES 65536
#define MODE           0750

gboolean
tyto_broadcast_needs_memo (const TytoBroadcast *broadcast)
{
  return broadcast->deleting_us < 0
         && (broadcast->status != TYTO_BROADCAST_COMPLETED || *broadcast->path != '\0');
}

/* --- Writing --- */

char *
tyto_broadcast_memo_make (const TytoBroadcast *broadcast, gint64 after_us)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  gboolean joined = *broadcast->path != '\0';
  g_autoptr (GVariant) dict = NULL;

  for (const TytoBroadcastMember *one = tyto_broadcast_members; one->memo != NULL; one++)
    if (joined || !one->counted)
      g_variant_builder_add (&builder, "{sv}", one->memo,
                             tyto_broadcast_member_get (one, broadcast));
  g_variant_builder_add (
      &builder, "{sv}", "status",
      g_variant_new_string (tyto_broadcast_status_to_string (broadcast->status)));
  if (broadcast->status == TYTO_BROADCAST_FAILED)
    g_variant_builder_add (&builder, "{sv}", "last_error",
                           g_variant_new_string (broadcast->last_error));
  g_variant_builder_add (&builder, "{sv}", "after", g_variant_new_int64 (after_us));
  dict = g_variant_ref_sink (g_variant_builder_end (&builder));
  return tyto_json_from_variant (dict, TRUE);
}

typedef struct {
  char *directory;
  char *text;
} Write;

static void
write_free (gpointer data)
{
  Write *write = data;

  g_free (write->directory);
  g_free (write->text);
  g_free (write);
}

static char *
get_path (const char *directory)
{
  return g_build_filename (directory, TYTO_BROADCAST_MEMO_FILE, NULL);
}

/* Its members, or NULL. */
static GVariant *
read_dict (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  struct stat about;
  gsize length;

  if (lstat (path, &about) != 0) {
    tyto_set_error (error, errno == ENOENT ? TYTO_ERROR_NOT_FOUND : TYTO_ERROR_STORAGE, NULL,
                    "There is no %s that says which broadcast it is", TYTO_BROADCAST_MEMO_FILE);
    return NULL;
  }
  if (!S_ISREG (about.st_mode) || about.st_size > SIZE_MAX_BYTES) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "Its %s is none of ours",
                    TYTO_BROADCAST_MEMO_FILE);
    return NULL;
  }
  if (!g_file_get_contents (path, &text, &length, &cause)) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "%s", cause->message);
    return NULL;
  }
  return tyto_json_to_variant (text, (gssize) length, error);
}

/* What is at an end that nobody knows any more is not fetched for this one either. */
static char *
keep_after (const char *path, const char *text, gint64 *after_us)
{
  g_autoptr (GVariant) before = read_dict (path, NULL);
  g_autoptr (GVariant) dict = tyto_json_to_variant (text, -1, NULL);
  gint64 earlier_us = before != NULL ? tyto_dict_int (before, "after", -1) : -1;
  GVariantDict changed;
  g_autoptr (GVariant) kept = NULL;

  *after_us = tyto_dict_int (dict, "after", -1);
  if (earlier_us <= *after_us)
    return g_strdup (text);
  *after_us = earlier_us;
  g_variant_dict_init (&changed, dict);
  g_variant_dict_insert (&changed, "after", "x", earlier_us);
  kept = g_variant_ref_sink (g_variant_dict_end (&changed));
  return tyto_json_from_variant (kept, TRUE);
}

/* The directory of the recordings is not made: it may be a disk that is away. */
static gboolean
make_directory (const char *directory)
{
  g_autofree char *parent = g_path_get_dirname (directory);

  return (mkdir (parent, MODE) == 0 || errno == EEXIST)
         && (mkdir (directory, MODE) == 0 || errno == EEXIST);
}

static void
write_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Write *write = data;
  g_autofree char *path = get_path (write->directory);
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  GError *error = NULL;
  gint64 *after_us = g_new (gint64, 1);

  text = keep_after (path, write->text, after_us);
  if (make_directory (write->directory)
      && g_file_set_contents_full (path, text, -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, &cause)) {
    g_task_return_pointer (task, after_us, g_free);
    return;
  }
  g_free (after_us);
  tyto_set_error (&error, TYTO_ERROR_STORAGE, "See that the recorder may write there.",
                  "Cannot write %s: %s", path, cause != NULL ? cause->message : g_strerror (errno));
  g_task_return_error (task, error);
}

void
tyto_broadcast_memo_write_async (const char *directory, const char *text,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Write *write = g_new0 (Write, 1);

  write->directory = g_strdup (directory);
  write->text = g_strdup (text);
  g_task_set_task_data (task, write, write_free);
  g_task_run_in_thread (task, write_in_thread);
}

gboolean
tyto_broadcast_memo_write_finish (GAsyncResult *result, gint64 *after_us, GError **error)
{
  g_autofree gint64 *kept_us = g_task_propagate_pointer (G_TASK (result), error);

  if (kept_us != NULL)
    *after_us = *kept_us;
  return kept_us != NULL;
}

/* --- Reading --- */

static void
set_member (TytoBroadcast *broadcast, const TytoBroadcastMember *one, GVariant *dict)
{
  gpointer member = G_STRUCT_MEMBER_P (broadcast, one->offset);

  switch (one->kind) {
  case TYTO_BROADCAST_TEXT:
    tyto_broadcast_set (member, tyto_dict_string (dict, one->memo, ""));
    break;
  case TYTO_BROADCAST_SIGNED:
    *(gint64 *) member = tyto_dict_int (dict, one->memo, -1);
    break;
  case TYTO_BROADCAST_UNSIGNED:
    *(guint64 *) member = tyto_dict_uint (dict, one->memo, 0);
    break;
  case TYTO_BROADCAST_COUNT:
  default:
    *(guint *) member = (guint) tyto_dict_uint (dict, one->memo, 0);
    break;
  }
}

static gboolean
is_sound (const TytoBroadcast *self, const char *directory)
{
  g_autofree char *name = g_path_get_basename (directory);
  static const char *const states[] = { "", "waiting", "done", "refused", NULL };

  return g_str_equal (self->id, name) && g_uuid_string_is_valid (self->id)
         && tyto_broadcast_check_key (self->stream_key, NULL)
         && tyto_broadcast_check_uuid ("", self->stream_id, NULL)
         && tyto_broadcast_check_uuid ("", self->user_id, NULL)
         && tyto_broadcast_check_uuid ("", self->video_id, NULL)
         && (g_str_equal (self->source, "bucket")
             || (*self->source != '\0' && tyto_broadcast_check_url (self->source, NULL)))
         && self->started_us >= 0 && g_strv_contains (states, self->import_state);
}

/* When the last segment was fetched. */
static gint64
find_end (const TytoBroadcast *self, const char *directory)
{
  g_autofree char *journal = g_build_filename (directory, "journal", NULL);
  struct stat about;
  gint64 end_us = tyto_time_now ();

  if (lstat (journal, &about) == 0)
    end_us = (gint64) about.st_mtim.tv_sec * G_USEC_PER_SEC + about.st_mtim.tv_nsec / 1000;
  return MAX (end_us, self->started_us);
}

/* Its MP4 has its name when it is whole and synced. */
static void
find_movie (TytoBroadcast *self, const char *directory)
{
  g_autofree char *name = g_strconcat (self->stream_key, ".mp4", NULL);
  g_autofree char *path = g_build_filename (directory, name, NULL);
  struct stat about;

  if (self->bytes > 0 && self->sha256 != NULL && lstat (path, &about) == 0
      && S_ISREG (about.st_mode) && (guint64) about.st_size == self->bytes)
    tyto_broadcast_set (&self->path, path);
}

static gboolean
take_status (TytoBroadcast *self, GVariant *dict, const char *directory, GError **error)
{
  int status = tyto_broadcast_status_from_string (tyto_dict_string (dict, "status", ""));

  if (*self->sha256 == '\0')
    g_clear_pointer (&self->sha256, g_free);
  find_movie (self, directory);
  if (status == TYTO_BROADCAST_COMPLETED && *self->path == '\0') {
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL,
                    "The MP4 of the broadcast is not there, or of another size");
    return FALSE;
  }
  if (status == TYTO_BROADCAST_COMPLETED) {
    tyto_broadcast_set (&self->file_path, self->path);
  } else if (status == TYTO_BROADCAST_FAILED) {
    tyto_broadcast_set (&self->last_error, tyto_dict_string (dict, "last_error", ""));
  } else {
    status = TYTO_BROADCAST_PROCESSING;
    self->completed_us = -1;
  }
  self->status = (TytoBroadcastStatus) status;
  if (self->ended_us < 0)
    self->ended_us = find_end (self, directory);
  return TRUE;
}

TytoBroadcast *
tyto_broadcast_memo_read (const char *directory, gint64 *after_us, GError **error)
{
  g_autofree char *path = get_path (directory);
  g_autoptr (GVariant) dict = read_dict (path, error);
  g_autoptr (TytoBroadcast) broadcast = tyto_broadcast_new ("");

  if (dict == NULL)
    return NULL;
  for (const TytoBroadcastMember *one = tyto_broadcast_members; one->memo != NULL; one++)
    set_member (broadcast, one, dict);
  if (after_us != NULL)
    *after_us = tyto_dict_int (dict, "after", -1);
  if (!is_sound (broadcast, directory)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "Its %s is none of ours",
                    TYTO_BROADCAST_MEMO_FILE);
    return NULL;
  }
  return take_status (broadcast, dict, directory, error) ? g_steal_pointer (&broadcast) : NULL;
}
