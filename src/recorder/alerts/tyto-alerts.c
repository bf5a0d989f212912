/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/alerts/tyto-alerts.h"

#include "base/tyto-id.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"
#include "recorder/alerts/tyto-alert-kinds.h"

#define MAX_CLEARED 200

typedef struct {
  char *id;
  const TytoAlertKind *kind;
  const char *severity; /* static */
  char *camera;
  char *message;
  gint64 raised_us; /* wall clock, as all of these */
  gint64 updated_us;
  gint64 cleared_us; /* -1 while it stands */
  guint64 count;
} Alert;

struct _TytoAlerts {
  GObject parent_instance;

  GQueue standing;    /* (element-type Alert): the newest first */
  GQueue cleared;     /* (element-type Alert): the last cleared first */
  GHashTable *counts; /* (element-type utf8 guint64): "kind/camera" */
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
alert_free (Alert *alert)
{
  g_free (alert->id);
  g_free (alert->camera);
  g_free (alert->message);
  g_free (alert);
}

static void
insert_time (GVariantDict *dict, const char *key, gint64 wall_us)
{
  g_autofree char *text = tyto_time_format (wall_us);

  g_variant_dict_insert (dict, key, "s", text);
}

static void
fill (GVariantDict *dict, const Alert *alert)
{
  g_variant_dict_init (dict, NULL);
  g_variant_dict_insert (dict, "id", "s", alert->id);
  g_variant_dict_insert (dict, "kind", "s", alert->kind->kind);
  g_variant_dict_insert (dict, "severity", "s", alert->severity);
  g_variant_dict_insert (dict, "camera", "s", alert->camera);
  g_variant_dict_insert (dict, "message", "s", alert->message);
  g_variant_dict_insert (dict, "standing", "b", alert->cleared_us < 0);
  insert_time (dict, "raised_at", alert->raised_us);
  insert_time (dict, "updated_at", alert->updated_us);
  if (alert->cleared_us >= 0)
    insert_time (dict, "cleared_at", alert->cleared_us);
  g_variant_dict_insert (dict, "count", "t", alert->count);
}

/* @what: "raised", "changed" or "cleared". */
static void
tell (TytoAlerts *self, const Alert *alert, const char *what)
{
  g_autoptr (GVariant) told = NULL;
  gboolean stands = alert->cleared_us < 0;
  gboolean loud = stands && tyto_alert_severity_rank (alert->severity) > 0;
  GVariantDict dict;

  fill (&dict, alert);
  g_variant_dict_insert (&dict, "raised", "b", stands);
  insert_time (&dict, "at", alert->updated_us);
  told = g_variant_ref_sink (g_variant_dict_end (&dict));
  tyto_log_camera (*alert->camera != '\0' ? alert->camera : NULL,
                   loud ? G_LOG_LEVEL_WARNING : G_LOG_LEVEL_MESSAGE, "Alert %s %s (%s): %s",
                   alert->kind->kind, what, alert->severity, alert->message);
  g_signal_emit (self, signals[SIGNAL_ALERT], 0, told);
}

static guint64
count_one (TytoAlerts *self, const char *kind, const char *camera)
{
  g_autofree char *key = g_strconcat (kind, "/", camera, NULL);
  guint64 *count = g_hash_table_lookup (self->counts, key);

  if (count == NULL) {
    count = g_new0 (guint64, 1);
    g_hash_table_insert (self->counts, g_steal_pointer (&key), count);
  }
  return ++*count;
}

static GList *
find (TytoAlerts *self, const char *kind, const char *camera)
{
  for (GList *l = self->standing.head; l != NULL; l = l->next) {
    Alert *alert = l->data;

    if (g_str_equal (alert->kind->kind, kind) && g_str_equal (alert->camera, camera))
      return l;
  }
  return NULL;
}

static void
update (TytoAlerts *self, Alert *alert, const char *severity, const char *message)
{
  gboolean changed = !g_str_equal (alert->severity, severity);

  if (!changed && g_str_equal (alert->message, message))
    return;
  alert->severity = severity;
  g_free (alert->message);
  alert->message = g_strdup (message);
  alert->updated_us = tyto_time_now ();
  if (changed)
    tell (self, alert, "changed");
}

void
tyto_alerts_raise (TytoAlerts *self, const char *kind, const char *severity, const char *camera,
                   const char *message)
{
  const TytoAlertKind *row = tyto_alert_kind_find (kind);
  GList *link;
  Alert *alert;

  g_return_if_fail (row != NULL && tyto_alert_severity_rank (severity) >= 0);

  severity = g_intern_string (severity);
  link = find (self, kind, camera);
  if (link != NULL) {
    update (self, link->data, severity, message);
    return;
  }
  alert = g_new0 (Alert, 1);
  alert->kind = row;
  alert->severity = severity;
  alert->camera = g_strdup (camera);
  alert->message = g_strdup (message);
  alert->raised_us = tyto_time_now ();
  alert->updated_us = alert->raised_us;
  alert->cleared_us = -1;
  alert->id = tyto_run_id_new (alert->raised_us);
  alert->count = count_one (self, kind, camera);
  g_queue_push_head (&self->standing, alert);
  tell (self, alert, "raised");
}

static void
clear_link (TytoAlerts *self, GList *link, const char *message)
{
  Alert *alert = link->data;

  g_queue_delete_link (&self->standing, link);
  g_free (alert->message);
  alert->message = g_strdup (message);
  alert->cleared_us = MAX (tyto_time_now (), alert->raised_us);
  alert->updated_us = alert->cleared_us;
  g_queue_push_head (&self->cleared, alert);
  if (self->cleared.length > MAX_CLEARED)
    alert_free (g_queue_pop_tail (&self->cleared));
  tell (self, alert, "cleared");
}

void
tyto_alerts_clear (TytoAlerts *self, const char *kind, const char *camera, const char *message)
{
  GList *link = find (self, kind, camera);

  if (link != NULL)
    clear_link (self, link, message);
}

void
tyto_alerts_clear_camera (TytoAlerts *self, const char *camera, const char *message)
{
  GList *next;

  for (GList *l = self->standing.head; l != NULL; l = next) {
    next = l->next;
    if (g_str_equal (((Alert *) l->data)->camera, camera))
      clear_link (self, l, message);
  }
}

gboolean
tyto_alerts_stands (TytoAlerts *self, const char *kind, const char *camera)
{
  return find (self, kind, camera) != NULL;
}

static void
append (GVariantBuilder *list, const GQueue *alerts, const char *camera)
{
  for (GList *l = alerts->head; l != NULL; l = l->next) {
    Alert *alert = l->data;
    GVariantDict dict;

    if (camera != NULL && !g_str_equal (alert->camera, camera))
      continue;
    fill (&dict, alert);
    g_variant_builder_add_value (list, g_variant_dict_end (&dict));
  }
}

GVariant *
tyto_alerts_list (TytoAlerts *self, TytoAlertsWhich which, const char *camera)
{
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  if (which != TYTO_ALERTS_CLEARED)
    append (&list, &self->standing, camera);
  if (which != TYTO_ALERTS_STANDING)
    append (&list, &self->cleared, camera);
  return g_variant_builder_end (&list);
}

guint
tyto_alerts_get_n_standing (TytoAlerts *self)
{
  return self->standing.length;
}

static void
tyto_alerts_finalize (GObject *object)
{
  TytoAlerts *self = TYTO_ALERTS (object);

  g_queue_clear_full (&self->standing, (GDestroyNotify) alert_free);
  g_queue_clear_full (&self->cleared, (GDestroyNotify) alert_free);
  g_hash_table_unref (self->counts);
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
  g_queue_init (&self->standing);
  g_queue_init (&self->cleared);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
