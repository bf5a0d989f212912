/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/broadcasts/tyto-broadcast-rules.h"

/* As it is first raised, and what is said when it holds no more. */
typedef struct {
  const char *kind;
  const char *severity;
  const char *over;
} Kind;

static const Kind kinds[] = {
  { "broadcast-stalled", "warning", "Segments of broadcasts are fetched" },
  { "broadcast-missing", "warning", "No broadcast in hand misses segments" },
  { "broadcast-failed", "critical", "No broadcast has failed" },
  { "broadcast-disk", "critical", "There is room for broadcasts" },
  { "broadcast-upload", "warning", "Broadcasts are uploaded" },
  { "broadcast-collector", "critical", "What fetches the segments of broadcasts runs" },
  { "stream-service", "warning", "The stream service answers" },
  { "vod-service", "warning", "The VOD service answers" },
};

struct _TytoBroadcastRules {
  TytoAlerts *alerts;
  GHashTable *holding[G_N_ELEMENTS (kinds)]; /* (element-type utf8 utf8): id → why */
};

TytoBroadcastRules *
tyto_broadcast_rules_new (TytoAlerts *alerts)
{
  TytoBroadcastRules *self = g_new0 (TytoBroadcastRules, 1);

  self->alerts = g_object_ref (alerts);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    self->holding[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
tyto_broadcast_rules_free (TytoBroadcastRules *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_hash_table_unref (self->holding[i]);
  g_object_unref (self->alerts);
  g_free (self);
}

static void
tell (TytoBroadcastRules *self, guint i)
{
  g_autofree char *message = NULL;
  guint n = g_hash_table_size (self->holding[i]);
  GHashTableIter iter;
  gpointer why;

  if (n == 0) {
    tyto_alerts_clear (self->alerts, kinds[i].kind, "", kinds[i].over);
    return;
  }
  g_hash_table_iter_init (&iter, self->holding[i]);
  g_hash_table_iter_next (&iter, NULL, &why);
  message = n == 1 ? g_strdup (why) : g_strdup_printf ("%s (and %u more)", (char *) why, n - 1);
  tyto_alerts_raise (self->alerts, kinds[i].kind, kinds[i].severity, "", message);
}

static void
set (TytoBroadcastRules *self, const char *kind, const char *id, char *why)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (!g_str_equal (kinds[i].kind, kind))
      continue;
    if (why != NULL)
      g_hash_table_insert (self->holding[i], g_strdup (id), why);
    else if (!g_hash_table_remove (self->holding[i], id))
      return;
    tell (self, i);
    return;
  }
  g_return_if_reached ();
}

void
tyto_broadcast_rules_set (TytoBroadcastRules *self, const char *kind, const char *id,
                          const char *stream_key, const char *why)
{
  set (self, kind, id,
       why != NULL ? g_strdup_printf ("Broadcast %s (%s): %s", stream_key, id, why) : NULL);
}

void
tyto_broadcast_rules_forget (TytoBroadcastRules *self, const char *id)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    set (self, kinds[i].kind, id, NULL);
}

void
tyto_broadcast_rules_set_service (TytoBroadcastRules *self, const char *kind, const char *why)
{
  set (self, kind, "", g_strdup (why));
}
