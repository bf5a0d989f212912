/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-id.h"

#include "base/tyto-error.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_LENGTH 64

gboolean
tyto_id_is_valid (const char *id)
{
  gsize length;

  if (id == NULL)
    return FALSE;

  length = strspn (id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-");
  return length > 0 && length <= MAX_LENGTH && id[length] == '\0';
}

gboolean
tyto_id_check (const char *id, GError **error)
{
  static const char hint[] = "Use 1 to 64 letters A–Z and a–z, digits, “-” and “_”.";
  g_autofree char *shown = NULL;

  if (tyto_id_is_valid (id))
    return TRUE;

  if (id == NULL || *id == '\0') {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint, "The camera id is missing.");
  } else if (strlen (id) > MAX_LENGTH) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint,
                    "The camera id is %" G_GSIZE_FORMAT " bytes long, more than %d.", strlen (id),
                    MAX_LENGTH);
  } else {
    shown = g_strescape (id, NULL);
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint,
                    "“%s” is not a camera id: it holds other characters.", shown);
  }
  return FALSE;
}

char *
tyto_run_id_new (gint64 wall_us)
{
  guint8 random[6];
  char stamp[32];
  time_t seconds = (time_t) (wall_us / G_USEC_PER_SEC);
  struct tm utc;

  if (wall_us % G_USEC_PER_SEC < 0)
    seconds--;
  if (gmtime_r (&seconds, &utc) == NULL
      || strftime (stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc) == 0)
    g_strlcpy (stamp, "19700101T000000Z", sizeof stamp);

  /* The kernel's, not GLib's generator: unique also between forked processes. */
  if (getentropy (random, sizeof random) != 0)
    for (gsize i = 0; i < sizeof random; i++)
      random[i] = (guint8) g_random_int_range (0, 256);

  return g_strdup_printf ("%s-%02x%02x%02x%02x%02x%02x", stamp, random[0], random[1], random[2],
                          random[3], random[4], random[5]);
}

char *
tyto_segment_id_new (const char *run, guint64 sequence)
{
  return g_strdup_printf ("%s.%06" G_GUINT64_FORMAT, run, sequence);
}
