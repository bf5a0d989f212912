/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-playlist-view.h: what a media playlist lists, as entries of a source. */
#pragma once

#include "collector/tyto-source-view.h"
#include "media/hls/tyto-hls-playlist.h"

G_BEGIN_DECLS

/* The location of @uri, as it stands in the playlist. @name: (out) (transfer full) (optional): what
 * it is called in the journal. NULL with @error: nothing may be fetched there. (transfer full) */
typedef char *(*TytoPlaylistResolve) (const char *uri, gpointer data, char **name, GError **error);

/* Entries of @playlist: encrypted ones, gaps and such as cannot be resolved are refused in it.
 * (transfer full) */
TytoSourceView *tyto_playlist_view_new (const TytoHlsPlaylist *playlist, guint rendition,
                                        TytoPlaylistResolve resolve, gpointer data);

G_END_DECLS
