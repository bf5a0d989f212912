/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-catalogue-query.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-time.h"

#define LIMIT_MAX 1000

gboolean
tyto_http_catalogue_query_read_limit (TytoHttpRequest *request, guint *limit, GError **error)
{
  const char *text = tyto_http_request_get_query (request, "limit");
  guint64 value;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, LIMIT_MAX, &value, NULL)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Use a smaller page and follow next_cursor.",
                    "The limit is \"%s\", and must be a number from 1 to %d", text, LIMIT_MAX);
    return FALSE;
  }
  *limit = value;
  return TRUE;
}

static gboolean
read_order (const char *text, gboolean *ascending, GError **error)
{
  if (text == NULL)
    return TRUE;
  *ascending = g_str_equal (text, "asc");
  if (*ascending || g_str_equal (text, "desc"))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Use asc (oldest first) or desc.",
                  "There is no order \"%s\"", text);
  return FALSE;
}

static gboolean
read_time (const char *name, const char *text, gint64 *time, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (text == NULL || tyto_time_parse (text, time, &local))
    return TRUE;
  g_propagate_prefixed_error (error, g_steal_pointer (&local), "\"%s\": ", name);
  return FALSE;
}

gboolean
tyto_http_catalogue_query_read_times (TytoHttpRequest *request, gint64 *from_us, gint64 *to_us,
                                      GError **error)
{
  if (!read_time ("from", tyto_http_request_get_query (request, "from"), from_us, error)
      || !read_time ("to", tyto_http_request_get_query (request, "to"), to_us, error))
    return FALSE;
  if (*from_us >= 0 && *to_us >= 0 && *to_us < *from_us) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Exchange the two.",
                    "\"to\" is earlier than \"from\"");
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_query (TytoHttpRequest *request, TytoCatalogueQuery *query, GError **error)
{
  query->camera = tyto_http_request_get_query (request, "camera");
  query->cursor = tyto_http_request_get_query (request, "cursor");
  if (query->camera != NULL && !tyto_id_check (query->camera, error))
    return FALSE;
  return tyto_http_catalogue_query_read_times (request, &query->from_us, &query->to_us, error)
         && tyto_http_catalogue_query_read_limit (request, &query->limit, error)
         && read_order (tyto_http_request_get_query (request, "order"), &query->ascending, error);
}

gboolean
tyto_http_catalogue_query_read (TytoHttpRequest *request, TytoCatalogueQuery *query)
{
  g_autoptr (GError) error = NULL;

  if (read_query (request, query, &error))
    return TRUE;
  tyto_http_request_respond_error (request, error);
  return FALSE;
}
