/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/dbus/tyto-dbus-call.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

typedef struct {
  GDBusMethodInvocation *invocation; /* owned until it is answered */
  TytoDbusReply reply;
} Call;

gpointer
tyto_dbus_call_new (GDBusMethodInvocation *invocation, TytoDbusReply reply)
{
  Call *call = g_new0 (Call, 1);

  call->invocation = invocation;
  call->reply = reply;
  return call;
}

/* Every error goes out under a name of the one table. */
static void
return_error (GDBusMethodInvocation *invocation, GError *error)
{
  const TytoErrorInfo *info = tyto_error_info (error);

  g_dbus_method_invocation_return_dbus_error (invocation, info->dbus_name, error->message);
}

void
tyto_dbus_call_end (gpointer data, GVariant *result, GError *error)
{
  Call *call = data;

  if (result == NULL)
    return_error (call->invocation, error);
  else
    g_dbus_method_invocation_return_value (call->invocation, call->reply (result, NULL));
  g_free (call);
}

void
tyto_dbus_call_on_camera (GObject *recorder, GAsyncResult *result, gpointer call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value
      = tyto_recorder_camera_finish (TYTO_RECORDER (recorder), result, &error);

  tyto_dbus_call_end (call, value, error);
}

void
tyto_dbus_call_on_query (GObject *recorder, GAsyncResult *result, gpointer call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value
      = tyto_recorder_query_finish (TYTO_RECORDER (recorder), result, &error);

  tyto_dbus_call_end (call, value, error);
}

void
tyto_dbus_call_on_pipeline (GObject *recorder, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = tyto_recorder_pipeline_finish (TYTO_RECORDER (recorder), result, &error);

  if (text == NULL)
    return_error (call->invocation, error);
  else
    g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(s)", text));
  g_free (call);
}

GVariant *
tyto_dbus_reply_nothing (GVariant *result, gpointer user_data)
{
  return g_variant_new ("()");
}

GVariant *
tyto_dbus_reply_dict (GVariant *result, gpointer user_data)
{
  return g_variant_new ("(@a{sv})", result);
}

GVariant *
tyto_dbus_reply_items (GVariant *result, gpointer user_data)
{
  g_autoptr (GVariant) items = g_variant_lookup_value (result, "items", G_VARIANT_TYPE ("aa{sv}"));

  return g_variant_new ("(@aa{sv})", items);
}

GVariant *
tyto_dbus_reply_page (GVariant *result, gpointer user_data)
{
  g_autoptr (GVariant) items = g_variant_lookup_value (result, "items", G_VARIANT_TYPE ("aa{sv}"));

  return g_variant_new ("(@aa{sv}s)", items, tyto_dict_string (result, "next_cursor", ""));
}

void
tyto_dbus_connect (gpointer instance, const TytoDbusHandler *handlers, gpointer object)
{
  for (; handlers->signal != NULL; handlers++)
    g_signal_connect_object (instance, handlers->signal, handlers->handler, object, 0);
}

static gboolean
read_time (GVariant *dict, const char *key, gint64 *wall_us, GError **error)
{
  const char *text = tyto_dict_string (dict, key, NULL);

  return text == NULL || tyto_time_parse (text, wall_us, error);
}

gboolean
tyto_dbus_read_page (GVariant *dict, const char *const *known, gint64 *from_us, gint64 *to_us,
                     guint *limit, GError **error)
{
  guint64 rows = *limit;

  if (!tyto_dict_check_keys (dict, known, error))
    return FALSE;
  for (; !g_str_equal (*known, "limit"); known++) {
    g_autofree char *ignored = NULL;

    /* Tells of a wrong type; what it copies is not needed. */
    if (!tyto_dict_get_string (dict, *known, &ignored, error))
      return FALSE;
  }
  if (!tyto_dict_get_uint (dict, "limit", 1, 1000, &rows, error)
      || !read_time (dict, "from", from_us, error) || !read_time (dict, "to", to_us, error))
    return FALSE;
  *limit = (guint) rows;
  return TRUE;
}

gboolean
tyto_dbus_read_query (GVariant *dict, TytoCatalogueQuery *query, GError **error)
{
  static const char *const known[]
      = { "camera", "from", "to", "cursor", "limit", "ascending", NULL };

  if (!tyto_dbus_read_page (dict, known, &query->from_us, &query->to_us, &query->limit, error)
      || !tyto_dict_get_boolean (dict, "ascending", &query->ascending, error))
    return FALSE;
  query->camera = tyto_dict_string (dict, "camera", NULL);
  query->cursor = tyto_dict_string (dict, "cursor", NULL);
  return TRUE;
}

char *
tyto_dbus_camera_path (const char *id)
{
  GString *path = g_string_new ("/org/tyto/Recorder/cameras/");

  for (const char *p = id; *p != '\0'; p++) {
    if (g_ascii_isalnum (*p))
      g_string_append_c (path, *p);
    else
      g_string_append_printf (path, "_%02x", (guchar) *p);
  }
  return g_string_free (path, FALSE);
}
