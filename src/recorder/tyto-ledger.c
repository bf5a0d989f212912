/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-ledger.h"

struct _TytoLedger {
  GObject parent_instance;

  char *camera;
  char *stream;
  gboolean wanted;
  gboolean run_has_segment;
  gint64 settled_us; /* all before it is recorded or in a gap; -1: nothing asked yet */
  TytoGap *open;     /* nullable */
  guint64 n_gaps;
};

G_DEFINE_FINAL_TYPE (TytoLedger, tyto_ledger, G_TYPE_OBJECT)

enum { SIGNAL_GAP_OPENED, SIGNAL_GAP_CLOSED, N_SIGNALS };

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
open_gap (TytoLedger *self, const char *reason, const char *detail, guint64 frames_lost)
{
  if (self->open != NULL || !self->wanted)
    return;

  self->open = tyto_gap_new (self->camera, self->stream, self->settled_us, reason, detail);
  self->open->frames_lost = frames_lost;
  self->n_gaps++;
  g_signal_emit (self, signals[SIGNAL_GAP_OPENED], 0, self->open);
}

static void
close_gap (TytoLedger *self, gint64 end_us)
{
  g_autoptr (TytoGap) gap = g_steal_pointer (&self->open);

  if (gap == NULL)
    return;
  /* A clock set back must not make a gap that ends before it starts. */
  gap->end_us = MAX (end_us, gap->start_us);
  g_signal_emit (self, signals[SIGNAL_GAP_CLOSED], 0, gap);
}

void
tyto_ledger_ask (TytoLedger *self, gint64 now_us)
{
  if (self->wanted)
    return;
  self->wanted = TRUE;
  self->settled_us = now_us;
}

void
tyto_ledger_cease (TytoLedger *self, gint64 now_us)
{
  close_gap (self, now_us);
  self->wanted = FALSE;
}

void
tyto_ledger_resume (TytoLedger *self, TytoGap *open, gint64 last_end_us)
{
  g_return_if_fail (self->wanted && self->open == NULL);

  if (open != NULL) {
    self->open = tyto_gap_ref (open);
  } else if (last_end_us >= 0) {
    self->settled_us = last_end_us;
    open_gap (self, "recorder-down", "the recorder was not running", 0);
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
  if (self->run_has_segment)
    self->settled_us = MAX (self->settled_us, end_us);
  if (g_strcmp0 (reason, "stopped") != 0)
    open_gap (self, reason, detail, frames_lost);
}

void
tyto_ledger_open_segment (TytoLedger *self, gint64 start_us)
{
  if (self->run_has_segment)
    return;
  self->run_has_segment = TRUE;
  close_gap (self, start_us);
  self->settled_us = start_us;
}

void
tyto_ledger_close_segment (TytoLedger *self, const TytoSegment *segment)
{
  g_autoptr (TytoGap) gap = NULL;

  self->settled_us = MAX (self->settled_us, segment->end_us);
  if (segment->packets_lost == 0)
    return;

  gap = tyto_gap_new (self->camera, self->stream, segment->start_us, "packet-loss", "");
  gap->end_us = segment->end_us;
  gap->packets_lost = segment->packets_lost;
  self->n_gaps++;
  g_signal_emit (self, signals[SIGNAL_GAP_OPENED], 0, gap);
  g_signal_emit (self, signals[SIGNAL_GAP_CLOSED], 0, gap);
}

void
tyto_ledger_fail (TytoLedger *self, const char *reason, const char *detail, guint64 frames_lost)
{
  open_gap (self, reason, detail, frames_lost);
}

TytoGap *
tyto_ledger_get_open_gap (TytoLedger *self)
{
  return self->open;
}

guint64
tyto_ledger_get_n_gaps (TytoLedger *self)
{
  return self->n_gaps;
}

static void
tyto_ledger_finalize (GObject *object)
{
  TytoLedger *self = TYTO_LEDGER (object);

  g_free (self->camera);
  g_free (self->stream);
  g_clear_pointer (&self->open, tyto_gap_unref);
  G_OBJECT_CLASS (tyto_ledger_parent_class)->finalize (object);
}

static void
tyto_ledger_class_init (TytoLedgerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_ledger_finalize;

  signals[SIGNAL_GAP_OPENED]
      = g_signal_new ("gap-opened", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, TYTO_TYPE_GAP);
  signals[SIGNAL_GAP_CLOSED]
      = g_signal_new ("gap-closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, TYTO_TYPE_GAP);
}

static void
tyto_ledger_init (TytoLedger *self)
{
  self->settled_us = -1;
}
