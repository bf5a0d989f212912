/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-alerts.h"

#include "base/tyto-log.h"
#include "base/tyto-time.h"

struct _TytoAlerts {
  GObject parent_instance;

  GHashTable *standing; /* (element-type utf8 utf8): "kind/camera" → severity */
};

G_DEFINE_FINAL_TYPE (TytoAlerts, tyto_alerts, G_TYPE_OBJECT)

enum { SIGNAL_ALERT, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoAlerts *
tyto_alerts_new (void)
{
  return g_object_new (TYTO_TYPE_ALERTS, NULL);
}

static void
tell (TytoAlerts *self, const char *kind, const char *severity, const char *camera,
      const char *message, gboolean raised)
{
  g_autofree char *at = tyto_time_format (tyto_time_now ());
  g_autoptr (GVariant) alert = NULL;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "kind", "s", kind);
  g_variant_dict_insert (&dict, "severity", "s", severity);
  g_variant_dict_insert (&dict, "camera", "s", camera);
  g_variant_dict_insert (&dict, "message", "s", message);
  g_variant_dict_insert (&dict, "raised", "b", raised);
  g_variant_dict_insert (&dict, "at", "s", at);
  alert = g_variant_ref_sink (g_variant_dict_end (&dict));
  tyto_log_camera (*camera != '\0' ? camera : NULL,
                   raised ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_MESSAGE, "Alert %s %s: %s", kind,
                   raised ? "raised" : "cleared", message);
  g_signal_emit (self, signals[SIGNAL_ALERT], 0, alert);
}

void
tyto_alerts_raise (TytoAlerts *self, const char *kind, const char *severity, const char *camera,
                   const char *message)
{
  g_autofree char *key = g_strconcat (kind, "/", camera, NULL);

  if (g_hash_table_contains (self->standing, key))
    return;
  g_hash_table_insert (self->standing, g_steal_pointer (&key), g_strdup (severity));
  tell (self, kind, severity, camera, message, TRUE);
}

void
tyto_alerts_clear (TytoAlerts *self, const char *kind, const char *camera, const char *message)
{
  g_autofree char *key = g_strconcat (kind, "/", camera, NULL);
  g_autofree char *severity = NULL;
  g_autofree char *old_key = NULL;

  if (g_hash_table_steal_extended (self->standing, key, (gpointer *) &old_key,
                                   (gpointer *) &severity))
    tell (self, kind, severity, camera, message, FALSE);
}

static void
tyto_alerts_finalize (GObject *object)
{
  g_hash_table_unref (TYTO_ALERTS (object)->standing);
  G_OBJECT_CLASS (tyto_alerts_parent_class)->finalize (object);
}

static void
tyto_alerts_class_init (TytoAlertsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_alerts_finalize;
  signals[SIGNAL_ALERT] = g_signal_new ("alert", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
}

static void
tyto_alerts_init (TytoAlerts *self)
{
  self->standing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
