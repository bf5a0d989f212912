/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A broadcast in hand as it is told to the outside. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"

char *
tyto_broadcast_describe_error (const GError *error)
{
  g_autofree char *why = tyto_error_why (error);
  const char *hint = tyto_error_hint (error);

  return hint != NULL ? g_strdup_printf ("%s. %s", why, hint) : g_steal_pointer (&why);
}

void
tyto_broadcast_job_set_step (TytoBroadcastJob *self, const char *step)
{
  if (!g_str_equal (self->step, step)) {
    self->progress = 0;
    tyto_broadcast_job_set_failing (self, NULL);
  }
  self->step = step;
}

void
tyto_broadcast_job_set_failing (TytoBroadcastJob *self, const char *why)
{
  if (g_strcmp0 (self->failing, why) == 0)
    return;
  g_free (self->failing);
  self->failing = g_strdup (why);
}

void
tyto_broadcast_job_set_progress (TytoBroadcastJob *self, guint64 done, guint64 total)
{
  double progress = total > 0 ? (double) MIN (done, total) / (double) total : 0;
  gboolean shown = progress - self->progress >= 0.01 || progress < self->progress;

  if (!shown)
    return;
  self->progress = progress;
  if (self->owner != NULL && self->told >= 0)
    tyto_broadcasts_emit (self->owner, TYTO_BROADCASTS_CHANGED, self);
}

GVariant *
tyto_broadcast_job_to_variant (TytoBroadcastJob *self)
{
  g_autoptr (GVariant) record = g_variant_ref_sink (tyto_broadcast_to_variant (self->record));
  GVariantDict dict;

  g_variant_dict_init (&dict, record);
  if (*self->step != '\0')
    g_variant_dict_insert (&dict, "step", "s", self->step);
  if (g_str_equal (self->step, "joining") || g_str_equal (self->step, "uploading"))
    g_variant_dict_insert (&dict, "progress", "d", self->progress);
  if (self->failing != NULL)
    g_variant_dict_insert (&dict, "failing", "s", self->failing);
  if (self->record->status == TYTO_BROADCAST_RECORDING
      || self->record->status == TYTO_BROADCAST_PROCESSING)
    g_variant_dict_insert (&dict, "segments_waiting", "t", self->segments_waiting);
  return g_variant_dict_end (&dict);
}
