/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Step "joining": a process of its own (tyto-worker --assemble) makes one MP4 of the segments. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

#define CALL_MS  60000
#define STALL_S  600 /* a disk may be slow to sync */
#define CRASHES  3
#define ROOM_US  (10 * G_TIME_SPAN_SECOND)
#define AGAIN_US (2 * G_TIME_SPAN_SECOND)
#define DISK     "broadcast-disk"

static const TytoRole assembler_role = {
  .role = TYTO_WORKER_ROLE_ASSEMBLER,
  .name = "worker that joins a broadcast",
  .object_path = "/org/tyto/Assembler",
  .interface = "org.tyto.Assembler1",
};

static void crashed (TytoBroadcastJob *self, const char *why);

/* --- The process --- */

/* Foreign bytes may have it turn in circles. */
static gboolean
on_stalled (gpointer data)
{
  TytoBroadcastJob *self = data;

  self->stall_source = 0;
  crashed (self, "The worker that joins it came to no end");
  return G_SOURCE_REMOVE;
}

static void
expect_progress (TytoBroadcastJob *self)
{
  g_clear_handle_id (&self->stall_source, g_source_remove);
  self->stall_source = g_timeout_add_seconds (STALL_S, on_stalled, self);
}

void
tyto_broadcast_job_stop_joining (TytoBroadcastJob *self)
{
  g_clear_handle_id (&self->stall_source, g_source_remove);
  if (self->assembler == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->assembler, self);
  g_object_run_dispose (G_OBJECT (self->assembler)); /* calls may be under way */
  g_clear_object (&self->assembler);
  self->need = 0;
  if (self->owner != NULL)
    self->owner->instances &= ~(1U << self->instance);
}

/* @why: of this step */
static void
wait (TytoBroadcastJob *self, const char *why, gint64 delay_us)
{
  TytoBroadcasts *owner = self->owner;

  tyto_broadcast_job_stop_joining (self);
  tyto_broadcast_job_set_step (self, "waiting");
  tyto_broadcast_job_wait (self, why, delay_us);
  tyto_broadcasts_advance_all (owner);
}

static void
crashed (TytoBroadcastJob *self, const char *why)
{
  TytoBroadcasts *owner = self->owner;
  g_autofree char *text = NULL;
  guint tries;

  tyto_broadcast_job_stop_joining (self);
  tries = ++tyto_broadcast_job_edit (self)->tries;
  if (tries < CRASHES) {
    wait (self, why, AGAIN_US * tries);
    return;
  }
  text = g_strdup_printf ("It could not be joined in %u tries: %s", tries, why);
  tyto_broadcast_job_fail (self, text);
  tyto_broadcasts_advance_all (owner);
}

static void
join_failed (TytoBroadcastJob *self, const GError *error)
{
  TytoBroadcasts *owner = self->owner;
  g_autofree char *why = tyto_broadcast_describe_error (error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    tyto_broadcast_job_stop_joining (self);
    self->busy = FALSE;
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)
             || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_UNSUPPORTED)) {
    tyto_broadcast_job_stop_joining (self);
    tyto_broadcast_job_fail (self, why);
    tyto_broadcasts_advance_all (owner);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_STORAGE)) {
    tyto_broadcast_rules_set (owner->rules, DISK, self->record->id, self->record->stream_key, why);
    wait (self, why, ROOM_US);
  } else {
    crashed (self, why);
  }
}

/* What a call of the assembler gave, or NULL: that was dealt with. */
static GVariant *
finish_call (TytoBroadcastJob *self, GObject *source, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  GVariant *answer = tyto_role_process_call_finish (TYTO_ROLE_PROCESS (source), result, &error);

  if (self->owner == NULL || self->assembler != TYTO_ROLE_PROCESS (source)) {
    g_clear_pointer (&answer, g_variant_unref);
    return NULL;
  }
  if (answer == NULL)
    join_failed (self, error);
  return answer;
}

static char *
get_directory (TytoBroadcastJob *self)
{
  return tyto_broadcast_get_directory (
      self->record, tyto_settings_get_string (self->owner->settings, "output-dir"));
}

static char *
get_movie (TytoBroadcastJob *self)
{
  return tyto_broadcast_get_movie (self->record,
                                   tyto_settings_get_string (self->owner->settings, "output-dir"));
}

/* --- The end --- */

static GPtrArray *
read_gaps (GVariant *joined)
{
  GPtrArray *gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_broadcast_gap_free);
  g_autoptr (GVariant) list = g_variant_lookup_value (joined, "gaps", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) gap = g_variant_get_child_value (list, i);

    g_ptr_array_add (gaps, tyto_broadcast_gap_new (tyto_dict_uint (gap, "offset-ms", 0),
                                                   tyto_dict_uint (gap, "duration-ms", 0),
                                                   tyto_dict_string (gap, "segment", ""),
                                                   tyto_dict_string (gap, "reason", "missing"),
                                                   tyto_dict_string (gap, "detail", "")));
  }
  return gaps;
}

static void
take_joined (TytoBroadcast *record, GVariant *joined)
{
  record->bytes = tyto_dict_uint (joined, "bytes", 0);
  record->duration_ms = tyto_dict_uint (joined, "duration-ms", 0);
  record->frames = tyto_dict_uint (joined, "frames", 0);
  record->audio_frames = tyto_dict_uint (joined, "audio-frames", 0);
  tyto_broadcast_set (&record->video_codec, tyto_dict_string (joined, "video-codec", ""));
  tyto_broadcast_set (&record->audio_codec, tyto_dict_string (joined, "audio-codec", ""));
  record->width = (guint) tyto_dict_uint (joined, "width", 0);
  record->height = (guint) tyto_dict_uint (joined, "height", 0);
}

static void
on_digest (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GVariant) answer = finish_call (self, source, result);
  g_autofree char *movie = NULL;
  TytoBroadcasts *owner = self->owner;
  TytoBroadcast *record;
  const char *sha256;

  if (answer == NULL)
    return;
  g_variant_get (answer, "(&s)", &sha256);
  movie = get_movie (self);
  record = tyto_broadcast_job_edit (self);
  g_free (record->sha256);
  record->sha256 = g_strdup (sha256);
  record->tries = 0;
  tyto_broadcast_set (&record->path, movie);
  g_message ("Broadcast %s (%s) is joined: %" G_GUINT64_FORMAT " frames, %" G_GUINT64_FORMAT
             " bytes, %u gaps",
             record->stream_key, record->id, record->frames, record->bytes, self->gaps->len);
  tyto_broadcast_rules_set (owner->rules, DISK, record->id, record->stream_key, NULL);
  tyto_broadcast_job_stop_joining (self);
  self->busy = FALSE;
  tyto_broadcast_job_settle (self);
  tyto_broadcast_job_changed (self);
  tyto_broadcasts_advance_all (owner);
}

static void
on_joined (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GVariant) answer = finish_call (self, source, result);
  g_autoptr (GVariant) joined = NULL;
  g_autofree char *movie = NULL;

  if (answer == NULL)
    return;
  joined = g_variant_get_child_value (answer, 0);
  take_joined (tyto_broadcast_job_edit (self), joined);
  g_clear_pointer (&self->gaps, g_ptr_array_unref);
  self->gaps = read_gaps (joined);
  movie = get_movie (self);
  expect_progress (self);
  tyto_role_process_call_async (self->assembler, "Digest", g_variant_new ("(s)", movie),
                                G_VARIANT_TYPE ("(s)"), -1, self->owner->cancellable, on_digest,
                                tyto_broadcast_job_ref (self));
}

/* --- Room --- */

static guint64
sum_needs (TytoBroadcastJob *self)
{
  GHashTableIter iter;
  gpointer value;
  guint64 sum = 0;

  g_hash_table_iter_init (&iter, self->owner->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    sum += value != self ? ((TytoBroadcastJob *) value)->need : 0;
  return sum;
}

static void
wait_for_room (TytoBroadcastJob *self, guint64 need, guint64 room)
{
  g_autofree char *needed = g_format_size (need);
  g_autofree char *there = g_format_size (room);
  g_autofree char *why
      = g_strdup_printf ("Joining it needs %s, and %s are free above what must stay free "
                         "(disk-floor-mib, disk-floor-percent). Make room: it goes on by itself",
                         needed, there);

  tyto_broadcast_rules_set (self->owner->rules, DISK, self->record->id, self->record->stream_key,
                            why);
  wait (self, why, ROOM_US);
}

static void
on_room (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  guint64 room = 0, floor = 0;
  gboolean done = tyto_broadcast_measure_disk_finish (result, &room, &floor, &error);
  g_autofree char *directory = NULL;
  g_autofree char *movie = NULL;
  guint64 others;

  if (self->owner == NULL || self->assembler == NULL)
    return;
  if (!done) {
    join_failed (self, error);
    return;
  }
  others = sum_needs (self);
  room = room > others ? room - others : 0;
  if (room < self->need) {
    wait_for_room (self, self->need, room);
    return;
  }
  directory = get_directory (self);
  movie = get_movie (self);
  tyto_broadcast_job_set_failing (self, NULL);
  tyto_role_process_call_async (self->assembler, "Join", g_variant_new ("(ss)", directory, movie),
                                G_VARIANT_TYPE ("(a{sv})"), -1, self->owner->cancellable, on_joined,
                                tyto_broadcast_job_ref (self));
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GVariant) answer = finish_call (self, source, result);

  if (answer == NULL)
    return;
  g_variant_get (answer, "(t)", &self->need);
  tyto_broadcast_measure_disk_async (self->owner, self->owner->cancellable, on_room,
                                     tyto_broadcast_job_ref (self));
}

/* --- The beginning --- */

static void
on_ready (TytoRoleProcess *assembler, TytoBroadcastJob *self)
{
  g_autofree char *directory = get_directory (self);

  tyto_role_process_call_async (assembler, "Measure", g_variant_new ("(s)", directory),
                                G_VARIANT_TYPE ("(t)"), CALL_MS, self->owner->cancellable,
                                on_measured, tyto_broadcast_job_ref (self));
  self->measured = TRUE;
}

static void
on_ended (TytoRoleProcess *assembler, const char *how, TytoBroadcastJob *self)
{
  g_autoptr (TytoBroadcastJob) held = tyto_broadcast_job_ref (self);

  /* Else the call that is under way fails. */
  if (!self->measured)
    crashed (self, how);
}

static void
on_told (TytoRoleProcess *assembler, const char *name, GVariant *parameters, TytoBroadcastJob *self)
{
  guint64 done, total;

  if (!g_str_equal (name, "Progress")
      || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(tt)")))
    return;
  g_variant_get (parameters, "(tt)", &done, &total);
  expect_progress (self);
  tyto_broadcast_job_set_progress (self, done, total);
}

void
tyto_broadcast_job_join (TytoBroadcastJob *self)
{
  TytoRole role = assembler_role;

  while (role.instance < TYTO_BROADCAST_JOINS
         && (self->owner->instances & (1U << role.instance)) != 0)
    role.instance++;
  if (role.instance == TYTO_BROADCAST_JOINS) {
    tyto_broadcast_job_set_step (self, "waiting");
    return;
  }
  self->owner->instances |= 1U << role.instance;
  self->instance = role.instance;
  self->busy = TRUE;
  self->measured = FALSE;
  expect_progress (self);
  tyto_broadcast_job_set_step (self, "joining");
  self->assembler = tyto_role_process_new (self->owner->launcher, &role);
  g_signal_connect (self->assembler, "ready", G_CALLBACK (on_ready), self);
  g_signal_connect (self->assembler, "ended", G_CALLBACK (on_ended), self);
  g_signal_connect (self->assembler, "told", G_CALLBACK (on_told), self);
  tyto_role_process_configure (self->assembler, g_variant_new ("a{sv}", NULL));
}
