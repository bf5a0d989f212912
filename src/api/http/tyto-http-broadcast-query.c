/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-broadcast-query.h"

#include "api/http/tyto-http-catalogue-query.h"
#include "base/tyto-error.h"
#include "base/tyto-id.h"

static gboolean
check_status (const char *status, GError **error)
{
  if (status == NULL || tyto_broadcast_status_from_string (status) >= 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Use recording, processing, completed or failed.", "There is no status \"%s\"",
                  status);
  return FALSE;
}

static gboolean
check_uuid (const char *name, const char *value, GError **error)
{
  if (value == NULL || g_uuid_string_is_valid (value))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Give it like bb52ba50-edc5-4056-a62c-6ef211d72d25.", "\"%s\" is no UUID", name);
  return FALSE;
}

static gboolean
check_key (const char *key, GError **error)
{
  if (key == NULL || tyto_id_is_valid (key))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "It has 1 to 64 letters, digits, - and _.",
                  "\"stream_key\" is no stream key");
  return FALSE;
}

static gboolean
read_query (TytoHttpRequest *request, TytoBroadcastQuery *query, GError **error)
{
  query->status = tyto_http_request_get_query (request, "status");
  query->stream_id = tyto_http_request_get_query (request, "stream_id");
  query->stream_key = tyto_http_request_get_query (request, "stream_key");
  query->user_id = tyto_http_request_get_query (request, "user_id");
  query->cursor = tyto_http_request_get_query (request, "cursor");
  return check_status (query->status, error) && check_uuid ("stream_id", query->stream_id, error)
         && check_key (query->stream_key, error) && check_uuid ("user_id", query->user_id, error)
         && tyto_http_catalogue_query_read_times (request, &query->from_us, &query->to_us, error)
         && tyto_http_catalogue_query_read_limit (request, &query->limit, error);
}

gboolean
tyto_http_broadcast_query_read (TytoHttpRequest *request, TytoBroadcastQuery *query)
{
  g_autoptr (GError) error = NULL;

  if (read_query (request, query, &error))
    return TRUE;
  tyto_http_request_respond_error (request, error);
  return FALSE;
}
