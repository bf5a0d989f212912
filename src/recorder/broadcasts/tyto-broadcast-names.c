/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/broadcasts/tyto-broadcast-names.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"

#include <string.h>

#define URL_MAX 4096

gboolean
tyto_broadcast_check_key (const char *stream_key, GError **error)
{
  if (tyto_id_is_valid (stream_key))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "1 to 64 of A-Z, a-z, 0-9, \"_\" and \"-\" make one.",
                  "The stream_key is none that can be recorded");
  return FALSE;
}

gboolean
tyto_broadcast_check_uuid (const char *what, const char *text, GError **error)
{
  if (*text == '\0' || g_uuid_string_is_valid (text))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "One is like bb52ba50-edc5-4056-a62c-6ef211d72d25.", "The %s is no UUID", what);
  return FALSE;
}

gboolean
tyto_broadcast_check_url (const char *url, GError **error)
{
  g_autoptr (GUri) uri = NULL;

  if (*url == '\0')
    return TRUE;
  if (strlen (url) <= URL_MAX)
    uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  if (uri != NULL && g_uri_get_userinfo (uri) == NULL && g_uri_get_host (uri) != NULL
      && *g_uri_get_host (uri) != '\0'
      && (g_str_equal (g_uri_get_scheme (uri), "http")
          || g_str_equal (g_uri_get_scheme (uri), "https")))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Give one like https://host/live/stream.m3u8, without user and password.",
                  "The playlist_url is none that can be recorded");
  return FALSE;
}

char *
tyto_broadcast_get_directory (const TytoBroadcast *broadcast, const char *output_dir)
{
  return g_build_filename (output_dir, TYTO_BROADCASTS_DIR, broadcast->id, NULL);
}

char *
tyto_broadcast_get_movie (const TytoBroadcast *broadcast, const char *output_dir)
{
  g_autofree char *name = g_strconcat (broadcast->stream_key, ".mp4", NULL);

  return g_build_filename (output_dir, TYTO_BROADCASTS_DIR, broadcast->id, name, NULL);
}

char *
tyto_broadcast_next_object (const TytoBroadcast *broadcast, const char *after)
{
  g_autoptr (GDateTime) start
      = g_date_time_new_from_unix_utc (broadcast->started_us / G_TIME_SPAN_SECOND);
  g_autofree char *when
      = start != NULL ? g_date_time_format (start, "%Y%m%dT%H%M%SZ") : g_strdup ("unknown");
  char *candidates[] = {
    g_strconcat (broadcast->stream_key, ".mp4", NULL),
    g_strconcat (broadcast->stream_key, "-", when, ".mp4", NULL),
    g_strconcat (broadcast->stream_key, "-", broadcast->id, ".mp4", NULL),
  };
  guint next = after == NULL ? 0 : G_N_ELEMENTS (candidates) - 1; /* its start has changed */
  char *found = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++) {
    if (g_strcmp0 (candidates[i], after) == 0)
      next = i + 1;
  }
  if (next < G_N_ELEMENTS (candidates))
    found = g_steal_pointer (&candidates[next]);
  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    g_free (candidates[i]);
  return found;
}
