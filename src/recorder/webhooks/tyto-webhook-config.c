/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-config.h"

#include "base/tyto-address-refusal.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/webhooks/tyto-webhook-signature.h"

#include <string.h>

#define MAX_URL 2048

G_DEFINE_BOXED_TYPE (TytoWebhookConfig, tyto_webhook_config, tyto_webhook_config_ref,
                     tyto_webhook_config_unref)

static const char *const event_names[]
    = { "alert.cleared",    "alert.raised",      "broadcast.completed", "broadcast.ended",
        "broadcast.failed", "broadcast.started", "camera.state",        "gap.closed",
        "gap.opened",       "segment.archived",  "segment.closed",      NULL };
static const char *const default_events[] = { "alert.cleared", "alert.raised", NULL };

const char *const *
tyto_webhook_event_names (void)
{
  return event_names;
}

TytoWebhookConfig *
tyto_webhook_config_new (const char *id)
{
  TytoWebhookConfig *self = g_atomic_rc_box_new0 (TytoWebhookConfig);

  self->id = g_strdup (id);
  self->url = g_strdup ("");
  self->secret = g_strdup ("");
  self->events = g_strdupv ((char **) default_events);
  self->enabled = TRUE;
  return self;
}

TytoWebhookConfig *
tyto_webhook_config_copy (const TytoWebhookConfig *self)
{
  TytoWebhookConfig *copy = g_atomic_rc_box_new0 (TytoWebhookConfig);

  copy->id = g_strdup (self->id);
  copy->url = g_strdup (self->url);
  copy->secret = g_strdup (self->secret);
  copy->events = g_strdupv (self->events);
  copy->enabled = self->enabled;
  return copy;
}

TytoWebhookConfig *
tyto_webhook_config_ref (TytoWebhookConfig *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
config_clear (gpointer data)
{
  TytoWebhookConfig *self = data;

  g_free (self->id);
  g_free (self->url);
  /* Not to be found in memory that is handed out again. */
  explicit_bzero (self->secret, strlen (self->secret));
  g_free (self->secret);
  g_strfreev (self->events);
}

void
tyto_webhook_config_unref (TytoWebhookConfig *self)
{
  g_atomic_rc_box_release_full (self, config_clear);
}

gboolean
tyto_webhook_config_equal (const TytoWebhookConfig *a, const TytoWebhookConfig *b)
{
  return g_str_equal (a->id, b->id) && g_str_equal (a->url, b->url)
         && g_str_equal (a->secret, b->secret) && a->enabled == b->enabled
         && g_strv_equal ((const char *const *) a->events, (const char *const *) b->events);
}

gboolean
tyto_webhook_config_wants (const TytoWebhookConfig *self, const char *event)
{
  return self->enabled && g_strv_contains ((const char *const *) self->events, event);
}

static gboolean
url_is_wrong (GError **error, const char *hint, const char *why)
{
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint, "\"url\" cannot be used: %s", why);
  return FALSE;
}

static gboolean
check_url (const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (
      url, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) address = NULL;
  const char *why;

  if (strlen (url) > MAX_URL)
    return url_is_wrong (error, "Make it shorter.", "it is longer than 2048 bytes");
  if (host == NULL || *host == '\0'
      || (!g_str_equal (g_uri_get_scheme (uri), "http")
          && !g_str_equal (g_uri_get_scheme (uri), "https")))
    return url_is_wrong (error, "Write it like https://alerts.example.org/tyto.",
                         "it is no http:// or https:// URL with a host");
  if (g_uri_get_userinfo (uri) != NULL)
    return url_is_wrong (error, "Leave them out; the signature says who sends.",
                         "it has a user or password in it");
  if (g_uri_get_fragment (uri) != NULL)
    return url_is_wrong (error, "Leave out \"#\" and what follows.", "it has a fragment");
  address = g_inet_address_new_from_string (host);
  why = address != NULL ? tyto_address_refusal (address, host) : NULL;
  if (why != NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Give the address of a receiver.",
                    "\"url\" cannot be used: nothing is sent to %s, since %s", host, why);
    return FALSE;
  }
  return TRUE;
}

/* The strings of @value (as, or av as JSON gives them), sorted and each once. (transfer full) */
static char **
read_events (GVariant *value, GError **error)
{
  g_autoptr (GHashTable) given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GStrvBuilder) events = g_strv_builder_new ();
  g_autofree char *list = NULL;

  for (gsize i = 0; g_variant_is_container (value) && i < g_variant_n_children (value); i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
    g_autoptr (GVariant) item = g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT)
                                    ? g_variant_get_variant (child)
                                    : g_variant_ref (child);

    if (!g_variant_is_of_type (item, G_VARIANT_TYPE_STRING)
        || !g_strv_contains (event_names, g_variant_get_string (item, NULL)))
      goto wrong;
    g_hash_table_add (given, g_variant_dup_string (item, NULL));
  }
  if (g_hash_table_size (given) == 0)
    goto wrong;
  for (guint i = 0; event_names[i] != NULL; i++) {
    if (g_hash_table_contains (given, event_names[i]))
      g_strv_builder_add (events, event_names[i]);
  }
  return g_strv_builder_end (events);

wrong:
  list = g_strjoinv (", ", (char **) event_names);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Take some of the events named.",
                  "\"events\" must be a list with at least one of: %s", list);
  return NULL;
}

static gboolean
is_null (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE) && g_variant_n_children (value) == 0;
}

static gboolean
apply_events (TytoWebhookConfig *self, GVariant *dict, GError **error)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, "events", NULL);
  char **events;

  if (value == NULL)
    return TRUE;
  events = is_null (value) ? g_strdupv ((char **) default_events) : read_events (value, error);
  if (events == NULL)
    return FALSE;
  g_strfreev (self->events);
  self->events = events;
  return TRUE;
}

static gboolean
apply_enabled (TytoWebhookConfig *self, GVariant *dict, GError **error)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, "enabled", NULL);

  if (value != NULL && is_null (value))
    self->enabled = TRUE;
  return tyto_dict_get_boolean (dict, "enabled", &self->enabled, error);
}

gboolean
tyto_webhook_config_apply (TytoWebhookConfig *self, GVariant *dict, GError **error)
{
  static const char *const known[] = { "url", "secret", "events", "enabled", NULL };
  g_autofree char *secret = NULL;

  if (!tyto_dict_check_keys (dict, known, error)
      || !tyto_dict_get_string (dict, "url", &self->url, error)
      || !tyto_dict_get_string (dict, "secret", &secret, error) || !apply_events (self, dict, error)
      || !apply_enabled (self, dict, error) || !check_url (self->url, error))
    return FALSE;
  if (secret == NULL)
    return TRUE;
  if (!g_str_has_prefix (secret, "${") && !tyto_webhook_secret_check (secret, error))
    return FALSE;
  g_free (self->secret);
  self->secret = g_steal_pointer (&secret);
  return TRUE;
}

void
tyto_webhook_config_describe (const TytoWebhookConfig *self, GVariantDict *dict)
{
  g_variant_dict_insert (dict, "id", "s", self->id);
  g_variant_dict_insert (dict, "url", "s", self->url);
  g_variant_dict_insert (dict, "events", "^as", self->events);
  g_variant_dict_insert (dict, "enabled", "b", self->enabled);
}
