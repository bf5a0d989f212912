/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/ledger/tyto-ledger.h"

/* Between two segments there may be as much as a frame and its jitter. */
#define SLACK_US G_USEC_PER_SEC
/* An end is a start and a duration, each rounded: the next start may be a microsecond after it. */
#define ROUNDING_US 10

struct _TytoLedger {
  GObject parent_instance;

  char *camera;
  char *stream;
  gboolean wanted;
  gboolean run_has_segment;
  gint64 asked_us;     /* since when it is wanted */
  gint64 settled_us;   /* all before it is recorded or in a gap; -1: nothing asked yet */
  gboolean unknown;    /* whether the recorder was down from settled_us on */
  TytoGap *open;       /* nullable */
  gboolean resumed;    /* whether it was open in an earlier life */
  GPtrArray *inner;    /* (element-type TytoGap): those within a segment that last */
  GHashTable *lengths; /* (element-type utf8 gint64): reason → µs of closed gaps */
  guint64 n_gaps;
};

G_DEFINE_FINAL_TYPE (TytoLedger, tyto_ledger, G_TYPE_OBJECT)

enum { SIGNAL_GAP_OPENED, SIGNAL_GAP_CLOSED, SIGNAL_GAP_MOVED, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoLedger *
tyto_ledger_new (const char *camera, const char *stream)
{
  TytoLedger *self = g_object_new (TYTO_TYPE_LEDGER, NULL);

  self->camera = g_strdup (camera);
  self->stream = g_strdup (stream);
  return self;
}

static void
tell_opened (TytoLedger *self, TytoGap *gap)
{
  self->n_gaps++;
  g_signal_emit (self, signals[SIGNAL_GAP_OPENED], 0, gap);
}

static void
tell_closed (TytoLedger *self, TytoGap *gap)
{
  gint64 *length = g_hash_table_lookup (self->lengths, gap->reason);

  if (length == NULL) {
    length = g_new0 (gint64, 1);
    g_hash_table_insert (self->lengths, g_strdup (gap->reason), length);
  }
  *length += gap->end_us - gap->start_us;
  g_signal_emit (self, signals[SIGNAL_GAP_CLOSED], 0, gap);
}

static TytoGap *
make_gap (TytoLedger *self, const char *reason, const char *detail, gint64 start_us, gint64 end_us)
{
  TytoGap *gap = tyto_gap_new (self->camera, self->stream, start_us, reason, detail);

  gap->end_us = end_us;
  return gap;
}

static void
open_gap (TytoLedger *self, const char *reason, const char *detail, guint64 frames_lost)
{
  if (self->open != NULL || !self->wanted)
    return;

  self->open = make_gap (self, reason, detail, self->settled_us, -1);
  self->open->frames_lost = frames_lost;
  tell_opened (self, self->open);
}

static void
close_gap (TytoLedger *self, gint64 end_us)
{
  g_autoptr (TytoGap) gap = g_steal_pointer (&self->open);

  self->resumed = FALSE;
  if (gap == NULL)
    return;
  /* A clock set back must not make a gap that ends before it starts. */
  gap->end_us = MAX (end_us, gap->start_us);
  tell_closed (self, gap);
}

/* A gap that is over when it becomes known. */
static void
tell_whole (TytoLedger *self, TytoGap *gap)
{
  tell_opened (self, gap);
  tell_closed (self, gap);
}

/* What was unknown was a time without a recorder, up to @until_us. */
static void
settle_unknown (TytoLedger *self, gint64 until_us)
{
  g_autoptr (TytoGap) gap = NULL;

  if (!self->unknown)
    return;
  self->unknown = FALSE;
  if (until_us <= self->settled_us + ROUNDING_US)
    return;
  gap = make_gap (self, "recorder-down", "the recorder was not running", self->settled_us,
                  until_us);
  self->settled_us = until_us;
  tell_whole (self, gap);
}

static void
close_inner (TytoLedger *self, gint64 end_us)
{
  for (guint i = 0; i < self->inner->len; i++) {
    TytoGap *gap = self->inner->pdata[i];

    gap->end_us = MAX (end_us, gap->start_us);
    tell_closed (self, gap);
  }
  g_ptr_array_set_size (self->inner, 0);
}

void
tyto_ledger_ask (TytoLedger *self, gint64 now_us)
{
  if (self->wanted)
    return;
  self->wanted = TRUE;
  self->asked_us = now_us;
  self->settled_us = now_us;
}

void
tyto_ledger_cease (TytoLedger *self, gint64 now_us)
{
  settle_unknown (self, now_us);
  close_gap (self, now_us);
  close_inner (self, now_us);
  self->wanted = FALSE;
}

void
tyto_ledger_resume (TytoLedger *self, TytoGap *open, gint64 since_us)
{
  g_return_if_fail (self->wanted && self->open == NULL);

  if (open != NULL) {
    self->open = tyto_gap_ref (open);
    self->resumed = TRUE;
  } else if (since_us >= 0) {
    self->settled_us = since_us;
    self->unknown = TRUE;
  }
}

void
tyto_ledger_start_run (TytoLedger *self)
{
  self->run_has_segment = FALSE;
}

void
tyto_ledger_end_run (TytoLedger *self, const char *reason, const char *detail, gint64 end_us,
                     guint64 frames_lost)
{
  if (self->run_has_segment) {
    self->settled_us = MAX (self->settled_us, end_us);
    close_inner (self, end_us);
  }
  self->run_has_segment = FALSE;
  if (g_strcmp0 (reason, "stopped") != 0)
    open_gap (self, reason, detail, frames_lost);
}

void
tyto_ledger_open_segment (TytoLedger *self, gint64 start_us)
{
  /* Told again by a worker that did not learn that we knew it: the gap came after it. */
  if (self->resumed && self->open != NULL && start_us < self->open->start_us) {
    self->run_has_segment = TRUE;
    return;
  }
  settle_unknown (self, start_us);
  close_gap (self, start_us);
  if (!self->run_has_segment)
    self->settled_us = start_us;
  self->run_has_segment = TRUE;
}

void
tyto_ledger_close_segment (TytoLedger *self, const TytoSegment *segment)
{
  /* Opened in an earlier life of the recorder. */
  if (!self->run_has_segment)
    tyto_ledger_open_segment (self, segment->start_us);
  self->settled_us = MAX (self->settled_us, segment->end_us);
}

void
tyto_ledger_recovered (TytoLedger *self, const TytoSegment *segment)
{
  TytoGap *gap = self->open;

  if (gap != NULL && gap->start_us >= segment->start_us - SLACK_US
      && gap->start_us < segment->end_us) {
    gap->start_us = segment->end_us;
    gap->frames_lost -= MIN (gap->frames_lost, segment->frames);
    g_signal_emit (self, signals[SIGNAL_GAP_MOVED], 0, gap);
  }
  if (gap != NULL || self->unknown)
    self->settled_us = MAX (self->settled_us, segment->end_us);
}

static gboolean
lies_within_segment (const char *reason)
{
  return g_str_equal (reason, "packet-loss") || g_str_equal (reason, "disk-slow");
}

static void
note_inner (TytoLedger *self, TytoGap *told)
{
  for (guint i = 0; i < self->inner->len; i++) {
    g_autoptr (TytoGap) gap = tyto_gap_ref (self->inner->pdata[i]);

    if (gap->start_us != told->start_us || !g_str_equal (gap->reason, told->reason))
      continue;
    gap->packets_lost = told->packets_lost;
    gap->frames_lost = told->frames_lost;
    gap->end_us = told->end_us;
    if (told->end_us >= 0) {
      g_ptr_array_remove_index_fast (self->inner, i);
      tell_closed (self, gap);
    }
    return;
  }
  if (told->end_us >= 0) {
    tell_whole (self, told);
    return;
  }
  g_ptr_array_add (self->inner, tyto_gap_ref (told));
  tell_opened (self, told);
}

static void
note_outer (TytoLedger *self, TytoGap *told)
{
  if (self->open != NULL && told->end_us >= 0) {
    self->open->packets_lost = MAX (self->open->packets_lost, told->packets_lost);
    self->open->frames_lost = MAX (self->open->frames_lost, told->frames_lost);
    self->settled_us = MAX (self->settled_us, told->end_us);
    close_gap (self, told->end_us);
  } else if (self->open == NULL && told->end_us < 0) {
    self->settled_us = MAX (self->settled_us, told->start_us);
    open_gap (self, told->reason, told->detail, told->frames_lost);
  } else if (self->open == NULL && told->end_us > MAX (told->start_us, self->settled_us)) {
    told->start_us = MAX (told->start_us, self->settled_us);
    self->settled_us = told->end_us;
    tell_whole (self, told);
  }
}

void
tyto_ledger_note (TytoLedger *self, const char *reason, const char *detail, gint64 start_us,
                  gint64 end_us, guint64 packets_lost, guint64 frames_lost)
{
  g_autoptr (TytoGap) told
      = make_gap (self, reason, detail, start_us, end_us >= 0 ? MAX (end_us, start_us) : -1);

  if (!self->wanted)
    return;
  told->packets_lost = packets_lost;
  told->frames_lost = frames_lost;
  if (lies_within_segment (reason))
    note_inner (self, told);
  else
    note_outer (self, told);
}

void
tyto_ledger_fail (TytoLedger *self, const char *reason, const char *detail, gint64 now_us,
                  guint64 frames_lost)
{
  close_inner (self, self->settled_us);
  self->run_has_segment = FALSE;
  if (self->wanted)
    settle_unknown (self, self->asked_us);
  if (self->open != NULL && g_str_equal (self->open->reason, "settings")) {
    close_gap (self, now_us);
    self->settled_us = MAX (self->settled_us, now_us);
  }
  open_gap (self, reason, detail, frames_lost);
}

TytoGap *
tyto_ledger_get_open_gap (TytoLedger *self)
{
  return self->open;
}

gint64
tyto_ledger_get_unknown_since (TytoLedger *self)
{
  return self->unknown ? self->settled_us : -1;
}

guint64
tyto_ledger_get_n_gaps (TytoLedger *self)
{
  return self->n_gaps;
}

void
tyto_ledger_foreach_duration (TytoLedger *self, gint64 now_us, TytoLedgerDurationFunc func,
                              gpointer user_data)
{
  const TytoGap *open = self->open;
  gint64 open_us = open != NULL ? MAX (now_us - open->start_us, 0) : 0;
  GHashTableIter iter;
  gpointer reason, length;

  g_hash_table_iter_init (&iter, self->lengths);
  while (g_hash_table_iter_next (&iter, &reason, &length)) {
    gint64 total_us = *(gint64 *) length;

    if (open != NULL && g_str_equal (open->reason, reason))
      total_us += open_us;
    func (reason, (double) total_us / G_USEC_PER_SEC, user_data);
  }
  if (open != NULL && !g_hash_table_contains (self->lengths, open->reason))
    func (open->reason, (double) open_us / G_USEC_PER_SEC, user_data);
}

static void
tyto_ledger_finalize (GObject *object)
{
  TytoLedger *self = TYTO_LEDGER (object);

  g_free (self->camera);
  g_free (self->stream);
  g_clear_pointer (&self->open, tyto_gap_unref);
  g_ptr_array_unref (self->inner);
  g_hash_table_unref (self->lengths);
  G_OBJECT_CLASS (tyto_ledger_parent_class)->finalize (object);
}

static void
tyto_ledger_class_init (TytoLedgerClass *klass)
{
  static const char *const names[N_SIGNALS] = { "gap-opened", "gap-closed", "gap-moved" };

  G_OBJECT_CLASS (klass)->finalize = tyto_ledger_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0, NULL,
                               NULL, NULL, G_TYPE_NONE, 1, TYTO_TYPE_GAP);
}

static void
tyto_ledger_init (TytoLedger *self)
{
  self->settled_us = -1;
  self->inner = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_gap_unref);
  self->lengths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
