/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-upload-candidates.h"

#include "base/tyto-time.h"

#define BATCH     16
#define LIMIT_MAX 1000

typedef enum { OLDEST, NEWEST, N_ENDS } End;

struct _TytoUploadCandidates {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  GQueue ends[N_ENDS]; /* (element-type TytoUpload) */
  End turn;
  GHashTable *active; /* (element-type utf8): ids taken that have not ended */
  GHashTable *taken;  /* (element-type utf8): ids that a batch may still name, though taken */
  GHashTable *held;   /* (element-type utf8 gint64): id → when it is due, wall clock */
  guint limit;
  guint reading;  /* lists under way */
  gboolean more;  /* the last batch was not all there is */
  gboolean again; /* asked to read while reading */
  gboolean failed;
};

G_DEFINE_FINAL_TYPE (TytoUploadCandidates, tyto_upload_candidates, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoUploadCandidates *
tyto_upload_candidates_new (TytoCatalogue *catalogue)
{
  TytoUploadCandidates *self = g_object_new (TYTO_TYPE_UPLOAD_CANDIDATES, NULL);

  self->catalogue = g_object_ref (catalogue);
  return self;
}

static void
hold (TytoUploadCandidates *self, const char *id, gint64 due_us)
{
  gint64 *due = g_new (gint64, 1);

  *due = due_us;
  g_hash_table_replace (self->held, g_strdup (id), due);
}

static void
on_tried (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadCandidates) self = data;
  g_autoptr (GPtrArray) list
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, NULL);
  gint64 now_us = tyto_time_now ();

  for (guint i = 0; list != NULL && i < list->len; i++) {
    const TytoUpload *upload = list->pdata[i];

    if (upload->due_us > now_us)
      hold (self, upload->id, upload->due_us);
  }
}

void
tyto_upload_candidates_load (TytoUploadCandidates *self)
{
  tyto_catalogue_list_tried_uploads_async (self->catalogue, LIMIT_MAX, NULL, on_tried,
                                           g_object_ref (self));
}

/* --- Reading --- */

static void
take_batch (TytoUploadCandidates *self, End end, GPtrArray *list)
{
  if (list == NULL) {
    self->failed = TRUE;
    return;
  }
  self->more = self->more || list->len >= self->limit;
  for (guint i = 0; i < list->len; i++)
    g_queue_push_tail (&self->ends[end], tyto_upload_ref (list->pdata[i]));
}

static void
end_reading (TytoUploadCandidates *self)
{
  if (--self->reading > 0)
    return;
  if (self->failed)
    self->more = FALSE; /* asked again when something happens, or in a while */
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_oldest (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadCandidates) self = data;
  g_autoptr (GPtrArray) list
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, NULL);

  take_batch (self, OLDEST, list);
  end_reading (self);
}

static void
on_newest (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadCandidates) self = data;
  g_autoptr (GPtrArray) list
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, NULL);

  take_batch (self, NEWEST, list);
  end_reading (self);
}

static void
add_id (gpointer id, gpointer value, gpointer ids)
{
  g_hash_table_add (ids, g_strdup (id));
}

static void
read_batch (TytoUploadCandidates *self)
{
  gint64 now_us = tyto_time_now ();

  self->again = self->more = self->failed = FALSE;
  self->reading = N_ENDS;
  g_hash_table_remove_all (self->taken);
  g_hash_table_foreach (self->active, add_id, self->taken)
    ;
  self->limit = MIN (BATCH + 2 * g_hash_table_size (self->active) + g_hash_table_size (self->held),
                     LIMIT_MAX);
  tyto_catalogue_list_due_uploads_async (self->catalogue, now_us, FALSE, self->limit, NULL,
                                         on_oldest, g_object_ref (self));
  tyto_catalogue_list_due_uploads_async (self->catalogue, now_us, TRUE, self->limit, NULL,
                                         on_newest, g_object_ref (self));
}

/* Whether @upload may be given now. */
static gboolean
is_free (TytoUploadCandidates *self, const TytoUpload *upload)
{
  const gint64 *due = g_hash_table_lookup (self->held, upload->id);

  return !g_hash_table_contains (self->taken, upload->id)
         && (due == NULL || *due <= tyto_time_now ());
}

/* Leaves the first of each end that may be given. Whether there is any. */
static gboolean
drop_others (TytoUploadCandidates *self)
{
  for (End end = OLDEST; end < N_ENDS; end++) {
    while (self->ends[end].length > 0 && !is_free (self, g_queue_peek_head (&self->ends[end])))
      tyto_upload_unref (g_queue_pop_head (&self->ends[end]));
  }
  return self->ends[OLDEST].length + self->ends[NEWEST].length > 0;
}

void
tyto_upload_candidates_refresh (TytoUploadCandidates *self)
{
  if (self->reading > 0)
    self->again = TRUE;
  else if (!drop_others (self))
    read_batch (self);
}

gboolean
tyto_upload_candidates_have (TytoUploadCandidates *self)
{
  if (drop_others (self))
    return TRUE;
  if (self->reading == 0 && (self->more || self->again))
    read_batch (self);
  return FALSE;
}

TytoUpload *
tyto_upload_candidates_take (TytoUploadCandidates *self)
{
  End end = self->ends[self->turn].length > 0 ? self->turn : (End) !self->turn;
  TytoUpload *upload = g_queue_pop_head (&self->ends[end]);

  self->turn = !end;
  g_hash_table_remove (self->held, upload->id);
  g_hash_table_add (self->active, g_strdup (upload->id));
  g_hash_table_add (self->taken, g_strdup (upload->id));
  return upload;
}

void
tyto_upload_candidates_end (TytoUploadCandidates *self, const char *id)
{
  g_hash_table_remove (self->active, id);
}

void
tyto_upload_candidates_hold (TytoUploadCandidates *self, const char *id, gint64 due_us)
{
  hold (self, id, due_us);
}

void
tyto_upload_candidates_hurry (TytoUploadCandidates *self)
{
  g_hash_table_remove_all (self->held);
}

gint64
tyto_upload_candidates_next_due (TytoUploadCandidates *self, gint64 now_us)
{
  gint64 first_us = G_MAXINT64;
  GHashTableIter iter;
  gpointer due;

  g_hash_table_iter_init (&iter, self->held);
  while (g_hash_table_iter_next (&iter, NULL, &due)) {
    /* Those that are due already the catalogue names when it is next asked. */
    if (*(gint64 *) due > now_us)
      first_us = MIN (first_us, *(gint64 *) due);
  }
  return first_us == G_MAXINT64 ? -1 : first_us - now_us;
}

gboolean
tyto_upload_candidates_are_exhausted (TytoUploadCandidates *self)
{
  return self->reading == 0 && !self->more && !self->again && !drop_others (self);
}

static void
tyto_upload_candidates_dispose (GObject *object)
{
  TytoUploadCandidates *self = TYTO_UPLOAD_CANDIDATES (object);

  for (End end = OLDEST; end < N_ENDS; end++)
    g_queue_clear_full (&self->ends[end], (GDestroyNotify) tyto_upload_unref);
  g_clear_object (&self->catalogue);
  G_OBJECT_CLASS (tyto_upload_candidates_parent_class)->dispose (object);
}

static void
tyto_upload_candidates_finalize (GObject *object)
{
  TytoUploadCandidates *self = TYTO_UPLOAD_CANDIDATES (object);

  g_hash_table_unref (self->active);
  g_hash_table_unref (self->taken);
  g_hash_table_unref (self->held);
  G_OBJECT_CLASS (tyto_upload_candidates_parent_class)->finalize (object);
}

static void
tyto_upload_candidates_class_init (TytoUploadCandidatesClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_upload_candidates_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_upload_candidates_finalize;
  signals[SIGNAL_CHANGED]
      = g_signal_new ("changed", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_upload_candidates_init (TytoUploadCandidates *self)
{
  self->active = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
