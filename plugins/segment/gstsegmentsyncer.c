/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentsyncer.h"
#include "segment/gstsegmentpool.h"

/* What was done last. */
typedef enum {
  SYNCED, /* all that was due */
  BEGUN,  /* the disk was asked to begin */
  CLOSED, /* and has its name, of which the disk may not know */
  DONE,
} Stage;

typedef struct {
  GstSegmentOutput *output;
  Stage stage;
  gint64 sync_at; /* monotonic, µs */
  gboolean closing;
  gboolean busy;    /* the pool's call is at work on it */
  gboolean removed; /* meanwhile: nobody wants to know how that went */
  GError *error;    /* (nullable): it failed */
} File;

struct _GstSegmentSyncer {
  gint64 interval; /* µs */
  GstSegmentSyncedFunc on_synced;
  gpointer user_data;
  GstSegmentPoolEntry *entry;

  GMutex lock;    /* guards what follows; nothing but the pool is called while it is held */
  GQueue files;   /* (element-type File): oldest first */
  gboolean hurry; /* closing does not wait for the next round */
  gboolean busy;  /* the pool's call is at work on a file */
  gboolean asked; /* meanwhile: somebody waits until it is not */
};

static void
file_free (File *file)
{
  gst_segment_output_unref (file->output);
  g_clear_error (&file->error);
  g_free (file);
}

/* So that what came is on the disk after sync-ms, with the fragment it had to wait for. */
static gint64
choose_interval (const GstSegmentSettings *settings)
{
  guint least = settings->sync_ms / 2;

  return (settings->sync_ms > settings->fragment_ms + least
              ? settings->sync_ms - settings->fragment_ms
              : least)
         * G_TIME_SPAN_MILLISECOND;
}

/* The same for all files, whoever writes them. */
static gint64
next_round (const GstSegmentSyncer *self)
{
  return (g_get_monotonic_time () / self->interval + 1) * self->interval;
}

static GList *
find (GstSegmentSyncer *self, const GstSegmentOutput *output)
{
  for (GList *l = self->files.head; l != NULL; l = l->next)
    if (((File *) l->data)->output == output)
      return l;
  return NULL;
}

static gboolean
is_closing (const GstSegmentSyncer *self)
{
  for (GList *l = self->files.head; l != NULL; l = l->next)
    if (((const File *) l->data)->closing && ((const File *) l->data)->stage != DONE)
      return TRUE;
  return FALSE;
}

/* Returns: when there is something to do for @file, monotonic, µs. */
static gint64
find_due (const GstSegmentSyncer *self, const File *file)
{
  if (file->error != NULL || file->stage == DONE)
    return GST_SEGMENT_POOL_NEVER;
  return file->stage != SYNCED || (file->closing && self->hurry) ? 0 : file->sync_at;
}

/* Returns: (nullable): the file that is to be worked on: one that has got least far. @deadline:
 * when there is one. */
static File *
pick (GstSegmentSyncer *self, gint64 *deadline)
{
  gint64 now = g_get_monotonic_time ();
  File *picked = NULL;

  *deadline = GST_SEGMENT_POOL_NEVER;
  for (GList *l = self->files.head; l != NULL; l = l->next) {
    File *file = l->data;

    if (find_due (self, file) <= now && !file->closing && file->stage == SYNCED
        && !gst_segment_output_is_dirty (file->output))
      file->sync_at = next_round (self);
    if (find_due (self, file) <= now && (picked == NULL || file->stage < picked->stage))
      picked = file;
    *deadline = MIN (*deadline, find_due (self, file));
  }
  return picked;
}

/* Returns: how far that got the file of @output. */
static Stage
work (GstSegmentOutput *output, Stage stage, gboolean closing, GError **error)
{
  switch (stage) {
  case SYNCED:
    gst_segment_output_begin_sync (output);
    return BEGUN;
  case BEGUN:
    if (closing)
      return gst_segment_output_close (output, error) ? CLOSED : DONE;
    return gst_segment_output_sync (output, error) ? SYNCED : DONE;
  case CLOSED:
    gst_segment_output_sync_name (output, error);
    return DONE;
  case DONE:
    break;
  }
  g_return_val_if_reached (DONE);
}

/* One thing for one file at a time, so that others have their turn. */
static gint64
take_turn (gpointer data)
{
  GstSegmentSyncer *self = data;
  gboolean tell = FALSE;
  gint64 deadline;
  File *file;

  g_mutex_lock (&self->lock);
  file = pick (self, &deadline);
  if (file != NULL) {
    gboolean closing = file->closing;
    g_autoptr (GError) error = NULL;
    Stage stage;

    file->busy = self->busy = TRUE;
    g_mutex_unlock (&self->lock);
    stage = work (file->output, file->stage, closing, &error);
    g_mutex_lock (&self->lock);
    file->busy = self->busy = FALSE;
    file->stage = stage;
    file->sync_at = stage == SYNCED ? next_round (self) : file->sync_at;
    file->error = g_steal_pointer (&error);
    tell = stage == DONE || file->removed || self->asked;
    self->asked = FALSE;
    if (file->removed) {
      g_queue_remove (&self->files, file);
      file_free (file);
    }
    self->hurry = self->hurry && is_closing (self);
    pick (self, &deadline);
  }
  g_mutex_unlock (&self->lock);
  if (tell)
    self->on_synced (self->user_data);
  return deadline;
}

GstSegmentSyncer *
gst_segment_syncer_new (const GstSegmentSettings *settings, GstSegmentSyncedFunc on_synced,
                        gpointer user_data)
{
  g_autoptr (GstSegmentPool) pool = gst_segment_pool_get_shared (GST_SEGMENT_POOL_SYNCS);
  GstSegmentSyncer *self = g_new0 (GstSegmentSyncer, 1);

  self->interval = choose_interval (settings);
  self->on_synced = on_synced;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_queue_init (&self->files);
  self->entry = gst_segment_pool_add (pool, take_turn, self);
  return self;
}

void
gst_segment_syncer_free (GstSegmentSyncer *syncer)
{
  gst_segment_pool_remove (syncer->entry);
  g_queue_clear_full (&syncer->files, (GDestroyNotify) file_free);
  g_mutex_clear (&syncer->lock);
  g_free (syncer);
}

void
gst_segment_syncer_add (GstSegmentSyncer *syncer, GstSegmentOutput *output)
{
  File *file = g_new0 (File, 1);

  file->output = gst_segment_output_ref (output);
  file->sync_at = next_round (syncer);
  g_mutex_lock (&syncer->lock);
  g_queue_push_tail (&syncer->files, file);
  g_mutex_unlock (&syncer->lock);
  gst_segment_pool_wake (syncer->entry);
}

void
gst_segment_syncer_close (GstSegmentSyncer *syncer, GstSegmentOutput *output)
{
  GList *link;

  g_mutex_lock (&syncer->lock);
  link = find (syncer, output);
  if (link != NULL)
    ((File *) link->data)->closing = TRUE;
  g_mutex_unlock (&syncer->lock);
}

void
gst_segment_syncer_hurry (GstSegmentSyncer *syncer)
{
  g_mutex_lock (&syncer->lock);
  syncer->hurry = TRUE;
  g_mutex_unlock (&syncer->lock);
  gst_segment_pool_wake (syncer->entry);
}

gboolean
gst_segment_syncer_remove (GstSegmentSyncer *syncer, GstSegmentOutput *output)
{
  gboolean busy = FALSE;
  GList *link;

  g_mutex_lock (&syncer->lock);
  link = find (syncer, output);
  if (link != NULL) {
    File *file = link->data;

    busy = file->removed = file->busy;
    if (!busy) {
      g_queue_delete_link (&syncer->files, link);
      file_free (file);
    }
  }
  g_mutex_unlock (&syncer->lock);
  return !busy;
}

gboolean
gst_segment_syncer_is_busy (GstSegmentSyncer *syncer)
{
  gboolean busy;

  g_mutex_lock (&syncer->lock);
  busy = syncer->asked = syncer->busy;
  g_mutex_unlock (&syncer->lock);
  return busy;
}

GstSegmentOutput *
gst_segment_syncer_take (GstSegmentSyncer *syncer, GError **error)
{
  GstSegmentOutput *output = NULL;

  g_mutex_lock (&syncer->lock);
  for (GList *l = syncer->files.head; l != NULL; l = l->next) {
    File *file = l->data;

    if (file->stage == DONE) {
      output = gst_segment_output_ref (file->output);
      if (file->error != NULL)
        g_propagate_error (error, g_steal_pointer (&file->error));
      g_queue_delete_link (&syncer->files, l);
      file_free (file);
      break;
    }
    if (file->closing)
      break;
  }
  g_mutex_unlock (&syncer->lock);
  return output;
}
