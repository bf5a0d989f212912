/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the recorder's signals mean to webhooks. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-json.h"

static void
on_alert (TytoRecorder *self, GVariant *alert)
{
  gboolean raised = tyto_dict_boolean (alert, "raised", FALSE);

  tyto_webhooks_tell (self->webhooks, raised ? "alert.raised" : "alert.cleared", alert);
}

static void
on_segment_closed (TytoRecorder *self, GVariant *segment)
{
  tyto_webhooks_tell (self->webhooks, "segment.closed", segment);
}

static void
on_segment_archived (TytoRecorder *self, GVariant *segment)
{
  tyto_webhooks_tell (self->webhooks, "segment.archived", segment);
}

static void
on_gap_opened (TytoRecorder *self, GVariant *gap)
{
  tyto_webhooks_tell (self->webhooks, "gap.opened", gap);
}

static void
on_gap_closed (TytoRecorder *self, GVariant *gap)
{
  tyto_webhooks_tell (self->webhooks, "gap.closed", gap);
}

/* A camera changes in many ways; its state is what this is about. */
static void
on_camera_changed (TytoRecorder *self, GVariant *camera)
{
  const char *id = tyto_dict_string (camera, "id", "");
  const char *state = tyto_dict_string (camera, "state", "");
  const char *before = g_hash_table_lookup (self->told_states, id);
  GVariantDict data;

  if (g_strcmp0 (before, state) == 0)
    return;
  g_variant_dict_init (&data, NULL);
  g_variant_dict_insert (&data, "camera", "s", id);
  g_variant_dict_insert (&data, "state", "s", state);
  g_variant_dict_insert (&data, "before", "s", before != NULL ? before : "");
  g_variant_dict_insert (&data, "since", "s", tyto_dict_string (camera, "state_since", ""));
  g_variant_dict_insert (&data, "error", "s", tyto_dict_string (camera, "error", ""));
  tyto_webhooks_tell (self->webhooks, "camera.state", g_variant_dict_end (&data));
  g_hash_table_insert (self->told_states, g_strdup (id), g_strdup (state));
}

static void
on_camera_removed (TytoRecorder *self, const char *id)
{
  g_hash_table_remove (self->told_states, id);
}

/* --- Broadcasts --- */

/* What a broadcast came to is told once. Of one that this run of tytod did not see being recorded
 * it is not known whether its end was told before the run: it is told, perhaps again. */
static void
tell_status (TytoRecorder *self, GVariant *broadcast)
{
  const char *id = tyto_dict_string (broadcast, "id", "");
  const char *status = tyto_dict_string (broadcast, "status", "");
  const char *before = g_hash_table_lookup (self->told_broadcasts, id);

  if (g_strcmp0 (before, status) == 0)
    return;
  /* A failed one that is processed again has not ended again. */
  if (g_str_equal (status, "processing") && (before == NULL || g_str_equal (before, "recording")))
    tyto_webhooks_tell (self->webhooks, "broadcast.ended", broadcast);
  g_hash_table_insert (self->told_broadcasts, g_strdup (id), g_strdup (status));
}

static void
on_broadcast_added (TytoRecorder *self, GVariant *broadcast)
{
  tyto_webhooks_tell (self->webhooks, "broadcast.started", broadcast);
  tell_status (self, broadcast);
}

static void
on_broadcast_completed (TytoRecorder *self, GVariant *broadcast)
{
  tyto_webhooks_tell (self->webhooks, "broadcast.completed", broadcast);
}

static void
on_broadcast_failed (TytoRecorder *self, GVariant *broadcast)
{
  tyto_webhooks_tell (self->webhooks, "broadcast.failed", broadcast);
}

static void
on_broadcast_removed (TytoRecorder *self, const char *id)
{
  g_hash_table_remove (self->told_broadcasts, id);
}

void
tyto_recorder_follow_broadcasts (TytoRecorder *self)
{
  const struct {
    const char *signal;
    GCallback handler;
  } table[] = {
    { "added", G_CALLBACK (on_broadcast_added) },
    { "changed", G_CALLBACK (tell_status) },
    { "completed", G_CALLBACK (on_broadcast_completed) },
    { "failed", G_CALLBACK (on_broadcast_failed) },
    { "removed", G_CALLBACK (on_broadcast_removed) },
  };

  self->told_broadcasts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect_object (self->broadcasts, table[i].signal, table[i].handler, self,
                             G_CONNECT_SWAPPED);
}

void
tyto_recorder_follow_for_webhooks (TytoRecorder *self)
{
  const struct {
    const char *signal;
    GCallback handler;
  } table[] = {
    { "alert", G_CALLBACK (on_alert) },
    { "segment-closed", G_CALLBACK (on_segment_closed) },
    { "segment-archived", G_CALLBACK (on_segment_archived) },
    { "gap-opened", G_CALLBACK (on_gap_opened) },
    { "gap-closed", G_CALLBACK (on_gap_closed) },
    { "camera-added", G_CALLBACK (on_camera_changed) },
    { "camera-changed", G_CALLBACK (on_camera_changed) },
    { "camera-removed", G_CALLBACK (on_camera_removed) },
  };

  self->told_states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->webhooks = tyto_webhooks_new (self->settings, self->catalogue, self->alerts);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect (self, table[i].signal, table[i].handler, NULL);
}

TytoWebhooks *
tyto_recorder_get_webhooks (TytoRecorder *self)
{
  return self->webhooks;
}
