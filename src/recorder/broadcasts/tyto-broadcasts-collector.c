/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process that collects: tyto-collector. It runs while a broadcast is live, or is looked for.
 */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#define LINGER_US (60 * G_TIME_SPAN_SECOND) /* nothing to do */
#define ALERT     "broadcast-collector"

static const TytoRole collector_role = {
  .role = TYTO_WORKER_ROLE_COLLECTOR,
  .name = "process that collects broadcasts",
  .object_path = "/org/tyto/Collector",
  .interface = "org.tyto.Collector1",
  .configures = TRUE,
  .watchdog = "Drop",
  .restarts = TRUE,
};

static void
on_signal (TytoBroadcasts *self, const char *name, GVariant *parameters)
{
  const char *key;
  gint64 newest_us;
  guint64 age_ms;
  gboolean ended;

  if (g_str_equal (name, "Found") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sxtb)"))) {
    g_variant_get (parameters, "(&sxtb)", &key, &newest_us, &age_ms, &ended);
    tyto_broadcasts_found (self, key, newest_us, age_ms, ended);
  } else if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv})"))) {
    return;
  } else if (g_str_equal (name, "Progress")) {
    tyto_broadcasts_on_progress (self, parameters);
  } else if (g_str_equal (name, "Collected")) {
    tyto_broadcasts_on_collected (self, parameters);
  }
}

static void
on_ready (TytoBroadcasts *self)
{
  tyto_broadcast_rules_set_service (self->rules, ALERT, NULL);
  tyto_role_process_tell (self->collector, "Discover", g_variant_new ("(b)", self->discovering));
  tyto_broadcasts_advance_all (self);
}

static void
on_refused (TytoBroadcasts *self, const char *why)
{
  g_autofree char *text = g_strdup_printf (
      "The process that collects broadcasts does not take its settings: %s", why);

  tyto_broadcast_rules_set_service (self->rules, ALERT, text);
}

static void
on_ended (TytoBroadcasts *self, const char *how)
{
  g_autofree char *text
      = g_strdup_printf ("The process that collects broadcasts ended: %s. It is started again; "
                         "what it had fetched is kept",
                         how);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    TytoBroadcastJob *job = value;

    job->collecting = job->ended = FALSE;
  }
  if (tyto_role_process_is_wanted (self->collector))
    tyto_broadcast_rules_set_service (self->rules, ALERT, text);
  tyto_broadcasts_look_whether_stopped (self);
}

void
tyto_broadcasts_init_collector (TytoBroadcasts *self)
{
  self->collector = tyto_role_process_new (self->launcher, &collector_role);
  g_signal_connect_object (self->collector, "ready", G_CALLBACK (on_ready), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->collector, "refused", G_CALLBACK (on_refused), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->collector, "told", G_CALLBACK (on_signal), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->collector, "ended", G_CALLBACK (on_ended), self,
                           G_CONNECT_SWAPPED);
}

static void
on_floor (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  guint64 room = 0, floor = 0;

  if (!tyto_broadcast_measure_disk_finish (result, &room, &floor, NULL) || floor == self->floor)
    return;
  self->floor = floor;
  self->settings_changed = TRUE;
  tyto_broadcasts_apply_collector (self);
}

void
tyto_broadcasts_measure_floor (TytoBroadcasts *self)
{
  tyto_broadcast_measure_disk_async (self, self->cancellable, on_floor, g_object_ref (self));
}

/* @s3: (nullable): playlists alone can be collected. It has the keys in it. */
static GVariant *
write_settings (TytoBroadcasts *self, const TytoS3Config *s3)
{
  TytoSettings *settings = self->settings;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "endpoint", "s", s3 != NULL ? s3->endpoint : "");
  g_variant_dict_insert (&dict, "region", "s", s3 != NULL ? s3->region : "");
  g_variant_dict_insert (&dict, "bucket", "s", tyto_settings_get_string (settings, "live-bucket"));
  g_variant_dict_insert (&dict, "access-key", "s", s3 != NULL ? s3->access_key : "");
  g_variant_dict_insert (&dict, "secret-key", "s", s3 != NULL ? s3->secret_key : "");
  g_variant_dict_insert (&dict, "session-token", "s", s3 != NULL ? s3->session_token : "");
  g_variant_dict_insert (&dict, "addressing", "s",
                         tyto_settings_get_string (settings, "s3-addressing"));
  g_variant_dict_insert (&dict, "ca-file", "s", tyto_settings_get_string (settings, "s3-ca-file"));
  g_variant_dict_insert (&dict, "url-ca-file", "s",
                         tyto_settings_get_string (settings, "playlist-ca-file"));
  g_variant_dict_insert (&dict, "parallel", "u",
                         tyto_settings_get_uint (settings, "segment-parallel"));
  g_variant_dict_insert (&dict, "timeout", "u",
                         tyto_settings_get_uint (settings, "segment-timeout"));
  g_variant_dict_insert (&dict, "tries", "u", tyto_settings_get_uint (settings, "segment-tries"));
  g_variant_dict_insert (&dict, "retry-seconds", "u",
                         tyto_settings_get_uint (settings, "segment-retry-seconds"));
  g_variant_dict_insert (&dict, "poll-ms", "u",
                         tyto_settings_get_uint (settings, "broadcast-poll-ms"));
  g_variant_dict_insert (&dict, "disk-floor", "t", self->floor);
  return g_variant_dict_end (&dict);
}

static gboolean
is_needed (TytoBroadcasts *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->discovering)
    return TRUE;
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (tyto_broadcast_job_is_collecting (value))
      return TRUE;
  }
  return FALSE;
}

/* The next broadcast need not wait for it. */
static void
stop_if_needless_for_long (TytoBroadcasts *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->needless_us == 0)
    self->needless_us = now_us;
  if (now_us - self->needless_us >= LINGER_US && tyto_role_process_is_wanted (self->collector))
    tyto_role_process_stop (self->collector);
}

void
tyto_broadcasts_apply_collector (TytoBroadcasts *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoS3Config) s3 = NULL;

  if (!self->running)
    return;
  if (!is_needed (self)) {
    stop_if_needless_for_long (self);
    return;
  }
  self->needless_us = 0;
  if (tyto_role_process_is_wanted (self->collector) && !self->settings_changed)
    return;
  self->settings_changed = FALSE;
  s3 = tyto_settings_get_bucket_config (self->settings, "live-bucket", &error);
  if (error != NULL)
    g_warning ("Broadcasts cannot be collected from the bucket: %s", error->message);
  tyto_role_process_configure (self->collector, write_settings (self, s3));
}
