/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-hls.c: any bytes as a playlist, and as the journal of a broadcast: what is read of the
 * latter is the same when it is written and read again. */
#include "base/tyto-error.h"
#include "fuzz-target.h"
#include "media/hls/tyto-hls-journal.h"
#include "media/hls/tyto-hls-playlist.h"

#include <glib/gstdio.h>
#include <string.h>

#define BASE "https://example.com/live/a.m3u8"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

static void
resolve (const char *uri)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *resolved = tyto_hls_resolve (BASE, uri, &error);

  g_assert_true (g_utf8_validate (uri, -1, NULL));
  if (resolved == NULL)
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  else
    g_assert_true (g_str_has_prefix (resolved, "http://")
                   || g_str_has_prefix (resolved, "https://"));
}

static void
check_entries (const TytoHlsPlaylist *playlist)
{
  gint64 sequence = playlist->first_sequence;

  for (guint i = 0; i < playlist->entries->len; i++) {
    const TytoHlsEntry *entry = g_ptr_array_index (playlist->entries, i);

    resolve (entry->uri);
    if (entry->map != NULL)
      resolve (entry->map);
    g_assert_cmpint (entry->sequence, >=, sequence);
    sequence = entry->sequence + 1;
    g_assert_cmpint (entry->duration_us, >=, -1);
    g_assert_cmpint (entry->time_us, >=, -1);
    g_assert_cmpint (entry->offset, >=, 0);
    g_assert_cmpint (entry->length, >=, -1);
    g_assert_cmpint (entry->length, <=, G_MAXINT64 - entry->offset);
    g_assert_cmpint (entry->map_offset, >=, 0);
  }
}

static void
read_playlist (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoHlsPlaylist) playlist
      = tyto_hls_playlist_parse ((const char *) data, size, &error);

  if (playlist == NULL) {
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    return;
  }
  g_assert_true (playlist->variants->len == 0 || playlist->entries->len == 0);
  g_assert_true ((tyto_hls_playlist_best (playlist) != NULL) == (playlist->variants->len > 0));
  for (guint i = 0; i < playlist->variants->len; i++) {
    const TytoHlsVariant *variant = g_ptr_array_index (playlist->variants, i);

    resolve (variant->uri);
    if (variant->audio_uri != NULL)
      resolve (variant->audio_uri);
  }
  check_entries (playlist);
}

static void
check_same (const TytoHlsSegment *a, const TytoHlsSegment *b)
{
  g_assert_cmpuint (a->position, ==, b->position);
  g_assert_cmpuint (a->rendition, ==, b->rendition);
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpstr (a->file, ==, b->file);
  g_assert_null (strchr (a->file, '/'));
  g_assert_null (strchr (a->init, '/'));
  if (a->state == TYTO_HLS_UNLISTED) {
    g_assert_cmpuint (a->count, ==, b->count);
    return;
  }
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpint (a->sequence, ==, b->sequence);
  g_assert_cmpint (a->duration_us, ==, b->duration_us);
  g_assert_cmpint (a->discontinuity, ==, b->discontinuity);
  g_assert_cmpstr (a->init, ==, b->init);
  g_assert_cmpint (a->time_us, ==, b->time_us);
  g_assert_cmpuint (a->bytes, ==, b->bytes);
  g_assert_cmpstr (a->etag, ==, b->etag);
  g_assert_cmpint (a->made_us, ==, b->made_us);
  g_assert_cmpstr (a->reason, ==, b->reason);
}

static void
write_again (GPtrArray *segments, const char *path)
{
  const char *directory = fuzz_target_directory ();
  g_autoptr (TytoHlsJournal) journal = NULL;
  g_autoptr (GPtrArray) again = NULL;

  g_remove (path);
  journal = tyto_hls_journal_open (directory, NULL);
  for (guint i = 0; i < segments->len; i++)
    g_assert_true (tyto_hls_journal_note (journal, g_ptr_array_index (segments, i), NULL));
  again = tyto_hls_journal_read (directory, NULL, NULL);
  g_assert_cmpuint (again->len, ==, segments->len);
  for (guint i = 0; i < segments->len; i++)
    check_same (g_ptr_array_index (segments, i), g_ptr_array_index (again, i));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *path = fuzz_target_write (data, size, "journal");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) segments = tyto_hls_journal_read (fuzz_target_directory (), NULL, &error);

  read_playlist (data, size);
  if (segments == NULL)
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  else if (segments->len > 0)
    write_again (segments, path);
  g_remove (path);
  return 0;
}
