/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/hls/tyto-hls-playlist.h"

#include "base/tyto-error.h"

#include <string.h>

/* A URI keeps its encoding: what a query means is known to its server alone. */
#define URI_FLAGS (G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE)

/* RFC 6381: what can be in an MP4, and subtitles, which are not joined and do no harm. */
static gboolean
is_joinable (const char *codec)
{
  static const char *const known[] = {
    "avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "dva1", "dvav", "av01", "vp08", "vp09",
    "mp4a", "mp3",  "ac-3", "ec-3", "ac-4", "Opus", "opus", "fLaC", "alac", "stpp", "wvtt",
  };
  gsize length;

  codec += strspn (codec, " ");
  length = strcspn (codec, ". ");
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (strlen (known[i]) == length && strncmp (codec, known[i], length) == 0)
      return TRUE;
  return length == 0;
}

static gboolean
are_joinable (const char *codecs)
{
  g_auto (GStrv) each = g_strsplit (codecs, ",", -1);

  for (guint i = 0; each[i] != NULL; i++)
    if (!is_joinable (each[i]))
      return FALSE;
  return TRUE;
}

const TytoHlsVariant *
tyto_hls_playlist_best (const TytoHlsPlaylist *self)
{
  const TytoHlsVariant *best = NULL;
  gboolean best_joinable = FALSE;

  for (guint i = 0; i < self->variants->len; i++) {
    const TytoHlsVariant *variant = g_ptr_array_index (self->variants, i);
    gboolean joinable = are_joinable (variant->codecs);
    gboolean better = best == NULL;

    if (!better && joinable != best_joinable)
      better = joinable;
    else if (!better && variant->bandwidth != best->bandwidth)
      better = variant->bandwidth > best->bandwidth;
    else if (!better)
      better = variant->width * variant->height > best->width * best->height;
    if (better) {
      best = variant;
      best_joinable = joinable;
    }
  }
  return best;
}

char *
tyto_hls_resolve (const char *base, const char *uri, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (GUri) from = g_uri_parse (base, URI_FLAGS, &why);
  g_autoptr (GUri) to = from != NULL ? g_uri_parse_relative (from, uri, URI_FLAGS, &why) : NULL;
  const char *scheme;

  if (to == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "The URI of a playlist is wrong: %s",
                    why->message);
    return NULL;
  }
  scheme = g_uri_get_scheme (to);
  if (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Use http or https.",
                    "A URI of a playlist has the scheme “%s”, which is not fetched.", scheme);
    return NULL;
  }
  if (g_uri_get_host (to) == NULL || *g_uri_get_host (to) == '\0') {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "A URI of a playlist has no host.");
    return NULL;
  }
  return g_uri_to_string_partial (to, G_URI_HIDE_FRAGMENT);
}
