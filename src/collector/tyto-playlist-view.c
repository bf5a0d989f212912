/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-playlist-view.h"

#include "base/tyto-error.h"

/* Takes @error. */
static void
refuse (TytoSourceEntry *entry, const char *why, GError *error)
{
  g_autofree char *words = error != NULL ? tyto_error_why (error) : g_strdup (why);

  g_clear_error (&error);
  if (entry->refusal == NULL)
    entry->refusal = g_steal_pointer (&words);
}

static TytoSourceEntry *
make_entry (const TytoHlsEntry *listed, TytoPlaylistResolve resolve, gpointer data)
{
  GError *error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *location = resolve (listed->uri, data, &name, &error);
  g_autofree char *part
      = tyto_source_part_name (name != NULL ? name : listed->uri, listed->offset, listed->length);
  TytoSourceEntry *entry = tyto_source_entry_new (part, location != NULL ? location : "");

  entry->offset = listed->offset;
  entry->length = listed->length;
  entry->sequence = listed->sequence;
  entry->duration_us = listed->duration_us;
  entry->time_us = listed->time_us;
  entry->discontinuity = listed->discontinuity;
  if (listed->gap)
    refuse (entry, "its source has a gap there (EXT-X-GAP)", NULL);
  if (listed->encrypted)
    refuse (entry, "it is encrypted (EXT-X-KEY)", NULL);
  if (location == NULL)
    refuse (entry, NULL, g_steal_pointer (&error));
  if (listed->map == NULL)
    return entry;
  entry->map = resolve (listed->map, data, NULL, &error);
  entry->map_offset = listed->map_offset;
  entry->map_length = listed->map_length;
  if (entry->map == NULL)
    refuse (entry, NULL, error);
  return entry;
}

TytoSourceView *
tyto_playlist_view_new (const TytoHlsPlaylist *playlist, guint rendition,
                        TytoPlaylistResolve resolve, gpointer data)
{
  TytoSourceView *view = tyto_source_view_new (rendition);

  for (guint i = 0; i < playlist->entries->len; i++)
    g_ptr_array_add (view->entries, make_entry (playlist->entries->pdata[i], resolve, data));
  view->ended = playlist->ended;
  view->target_us = playlist->target_us;
  return view;
}
