/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-stream-requests.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <string.h>

/* In seconds: how long a reservation lives at first, and, in heartbeats, after each of them. The
 * service takes 60–7200, and 30–300 s. */
#define FIRST_LIFE     300
#define HEARTBEAT_LIFE 4

#define ID_MAX 128

GVariant *
tyto_stream_requests_reserve (const char *camera, const char *user, const char *source)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "camera_id", "s", camera);
  g_variant_dict_insert (&dict, "user_id", "s", user);
  g_variant_dict_insert (&dict, "source", "s", *source != '\0' ? source : "OTHER");
  g_variant_dict_insert (&dict, "duration", "u", FIRST_LIFE);
  return g_variant_dict_end (&dict);
}

GVariant *
tyto_stream_requests_heartbeat (guint interval)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "extend_ttl", "u", CLAMP (interval * HEARTBEAT_LIFE, 30, 300));
  return g_variant_dict_end (&dict);
}

char *
tyto_stream_requests_path (const char *verb, const char *id)
{
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);

  return g_strconcat ("/api/v1/stream/", verb, "/", escaped, NULL);
}

/* It is shown, kept in a file and sent back. */
static gboolean
is_usable (const char *id)
{
  for (const char *p = id; *p != '\0'; p++) {
    if (!g_ascii_isgraph (*p))
      return FALSE;
  }
  return *id != '\0' && strlen (id) <= ID_MAX;
}

char *
tyto_stream_requests_read (const TytoServiceAnswer *answer, const char *camera, GError **error)
{
  const char *id = tyto_dict_string (answer->body, "reservation_id", "");
  const char *whose = tyto_dict_string (answer->body, "camera_id", camera);

  if (is_usable (id) && g_str_equal (whose, camera))
    return g_strdup (id);
  tyto_set_error (
      error, TYTO_ERROR_UNAVAILABLE, "See whether the URL in the settings is that of this service.",
      "The stream counter answered %u with %s", answer->status,
      is_usable (id) ? "the reservation of another camera" : "no reservation_id that can be used");
  return NULL;
}

void
tyto_stream_requests_refusal (const TytoServiceAnswer *answer, const char *camera, GError **error)
{
  g_autofree char *why = tyto_service_answer_why (answer);

  if (answer->status == TYTO_SERVICE_TOO_MANY)
    tyto_set_error (error, TYTO_ERROR_QUOTA,
                    "Stop another camera, have the quota raised, or try again later.",
                    "The stream counter has no place for camera %s (%s)", camera, why);
  else
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Its log says more.",
                    "The stream counter does not take what it is asked (%s)", why);
}
