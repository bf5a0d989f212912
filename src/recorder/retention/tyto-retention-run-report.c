/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a run has done so far, as the API shows it. */
#include "recorder/retention/tyto-retention-run-private.h"

#include "base/tyto-time.h"

GVariant *
tyto_retention_run_to_variant (TytoRetentionRun *self)
{
  g_autofree char *started = tyto_time_format (self->now_us);
  g_autofree char *ended = self->ended_us >= 0 ? tyto_time_format (self->ended_us) : NULL;
  GVariantBuilder cameras = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  guint64 thumbnails = 0;
  GVariantDict dict;

  for (guint i = 0; i < self->tallies->len; i++) {
    const TytoRetentionTally *tally = self->tallies->pdata[i];

    thumbnails += tally->thumbnails;
    if (tally->segments > 0 || tally->thumbnails > 0)
      g_variant_builder_add_value (&cameras, tyto_retention_tally_to_variant (tally));
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "state", "s",
                         ended == NULL ? "running" : (self->error != NULL ? "failed" : "done"));
  g_variant_dict_insert (&dict, "dry_run", "b", tyto_retention_run_is_preview (self));
  g_variant_dict_insert (&dict, "started_at", "s", started);
  if (ended != NULL)
    g_variant_dict_insert (&dict, "ended_at", "s", ended);
  g_variant_dict_insert (&dict, "segments", "t", self->done.segments);
  g_variant_dict_insert (&dict, "bytes", "t", self->done.bytes);
  g_variant_dict_insert (&dict, "thumbnails", "t", thumbnails);
  g_variant_dict_insert (&dict, "failed", "t", self->done.failed);
  g_variant_dict_insert (&dict, "error", "s", self->error != NULL ? self->error->message : "");
  if (self->expiry != NULL)
    tyto_broadcast_expiry_describe (self->expiry, &dict);
  g_variant_dict_insert_value (&dict, "cameras", g_variant_builder_end (&cameras));
  return g_variant_dict_end (&dict);
}
