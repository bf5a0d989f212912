/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3urihandler.h"

#include "s3/gsts3uri.h"

#include <gst/base/gstbasesink.h>

static GstURIType
get_type (GType type)
{
  return g_type_is_a (type, GST_TYPE_BASE_SINK) ? GST_URI_SINK : GST_URI_SRC;
}

static const gchar *const *
get_protocols (GType type)
{
  static const gchar *const protocols[] = { "s3", NULL };

  return protocols;
}

static gchar *
get_uri (GstURIHandler *handler)
{
  gchar *uri = NULL;

  g_object_get (handler, "uri", &uri, NULL);
  return uri;
}

static gboolean
set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  g_autofree gchar *bucket = NULL;
  g_autofree gchar *key = NULL;

  if (!gst_s3_uri_parse (uri, &bucket, &key, error))
    return FALSE;
  g_object_set (handler, "uri", uri, NULL);
  return TRUE;
}

void
gst_s3_uri_handler_init (gpointer iface, gpointer data)
{
  GstURIHandlerInterface *handler = iface;

  handler->get_type = get_type;
  handler->get_protocols = get_protocols;
  handler->get_uri = get_uri;
  handler->set_uri = set_uri;
}
