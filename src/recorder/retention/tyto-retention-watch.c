/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is kept, looked at every minute: for metrics, and for promises that will be broken. */
#include "recorder/retention/tyto-retention-private.h"

#define LOOK_S 60

static void
judge_plans (TytoRetention *self)
{
  for (guint i = 0; i < self->outlook->cameras->len; i++) {
    const TytoOutlookCamera *camera = self->outlook->cameras->pdata[i];
    g_autofree char *message = NULL;

    if (camera->promise.unknown_plan) {
      message = g_strdup_printf ("There is no retention plan \"%s\": nothing of %s is deleted\n"
                                 "Add it to retention-plans, or give the camera another plan.",
                                 camera->promise.plan, camera->id);
      tyto_alerts_raise (self->alerts, "retention-plan", "warning", camera->id, message);
      g_hash_table_add (self->unknown, g_strdup (camera->id));
    } else if (g_hash_table_remove (self->unknown, camera->id)) {
      tyto_alerts_clear (self->alerts, "retention-plan", camera->id, "Its plan is known");
    }
  }
}

static guint
count_broken (const TytoRetentionOutlook *outlook)
{
  guint n = 0;

  for (guint i = 0; i < outlook->cameras->len; i++)
    n += !((const TytoOutlookCamera *) outlook->cameras->pdata[i])->ok;
  return n;
}

static void
judge_promises (TytoRetention *self)
{
  const TytoOutlookCamera *worst = tyto_retention_outlook_get_worst (self->outlook);
  g_autofree char *message = NULL;

  if (worst == NULL) {
    tyto_alerts_clear (self->alerts, "retention-promise", "",
                       "The disks hold what was promised again");
    return;
  }
  message = g_strdup_printf (
      "The disks hold %.1f days of %s of %u promised (cameras that get less than promised: %u)\n"
      "Make room, lower the days or the bit rate, or set a slow-dir or an object store.",
      worst->expected_days, worst->id, worst->promise.days, count_broken (self->outlook));
  tyto_alerts_raise (self->alerts, "retention-promise", "warning", "", message);
}

static void
on_outlook (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetention) self = data;
  g_autoptr (GError) error = NULL;
  TytoRetentionOutlook *outlook = tyto_retention_outlook_finish (result, &error);

  self->looking = FALSE;
  if (outlook == NULL)
    return;
  g_clear_pointer (&self->outlook, tyto_retention_outlook_free);
  self->outlook = outlook;
  if (!self->started)
    return;
  judge_plans (self);
  judge_promises (self);
}

void
tyto_retention_look (TytoRetention *self)
{
  if (self->looking || !self->started)
    return;
  self->looking = TRUE;
  tyto_retention_outlook_async (self->settings, self->catalogue, self->cancellable, on_outlook,
                                g_object_ref (self));
}

static gboolean
on_time (gpointer data)
{
  tyto_retention_look (data);
  return G_SOURCE_CONTINUE;
}

void
tyto_retention_watch (TytoRetention *self)
{
  tyto_retention_look (self);
  if (self->outlook_source == 0)
    self->outlook_source = g_timeout_add_seconds (LOOK_S, on_time, self);
}
