/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-joined.c: any bytes as segments of a broadcast that are joined: as a whole, once more after
 * one that is missing, and their parts with an initialization section or after a discontinuity. The
 * MP4 takes no more than was said before, and boxes fill it, moov in front. */
#include "base/tyto-error.h"
#include "fuzz-target.h"
#include "media/hls/tyto-hls-journal.h"
#include "media/join/tyto-join.h"
#include "media/join/tyto-mp4-scan.h"
#include "media/tyto-mp4-box.h"

#include <glib/gstdio.h>

#define DURATION_US 1000000
#define OUTPUT      "joined.mp4"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

/* Notes the segment at @position; @file: NULL: it is missing. */
static void
note (TytoHlsJournal *journal, guint position, const char *file, gsize bytes, const char *init,
      gboolean discontinuity)
{
  g_autoptr (TytoHlsSegment) segment = tyto_hls_segment_new (position, 0);

  segment->state = file != NULL ? TYTO_HLS_FETCHED : TYTO_HLS_MISSING;
  segment->bytes = bytes;
  segment->duration_us = DURATION_US;
  segment->discontinuity = discontinuity;
  g_free (segment->file);
  segment->file = g_strdup (file != NULL ? file : "");
  g_free (segment->init);
  segment->init = g_strdup (init);
  g_assert_true (tyto_hls_journal_note (journal, segment, NULL));
}

static void
write_file (const char *name, const guint8 *data, gsize size)
{
  g_autofree char *path = fuzz_target_write (data, size, name);
}

static void
write_journal (gsize whole, gsize front, gboolean has_init)
{
  const char *init = has_init ? "init" : "";
  g_autoptr (TytoHlsJournal) journal = tyto_hls_journal_open (fuzz_target_directory (), NULL);

  note (journal, 0, "whole", whole, "", FALSE);
  note (journal, 1, NULL, 0, "", FALSE);
  note (journal, 2, "whole", whole, "", FALSE);
  note (journal, 3, "back", whole - front, init, FALSE);
  note (journal, 4, "front", front, init, TRUE);
  note (journal, 5, "back", whole - front, init, FALSE);
  g_assert_true (tyto_hls_journal_note_end (journal, NULL));
}

static void
check_boxes (const char *path, guint64 bytes)
{
  const guint32 order[]
      = { TYTO_MP4_TYPE ('f', 't', 'y', 'p'), TYTO_MP4_TYPE ('m', 'o', 'o', 'v') };
  g_autofree char *data = NULL;
  TytoMp4Box box;
  gsize size;
  gsize at = 0;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_assert_cmpuint (size, ==, bytes);
  for (; at < size; at = (gsize) box.end) {
    g_assert_true (tyto_mp4_scan_box ((const guint8 *) data, size, at, &box));
    g_assert_cmpuint (box.end, <=, size);
    if (n < G_N_ELEMENTS (order))
      g_assert_cmphex (box.type, ==, order[n]);
    n++;
  }
  g_assert_cmpuint (n, >, G_N_ELEMENTS (order));
}

static void
join (void)
{
  g_autofree char *path = g_build_filename (fuzz_target_directory (), OUTPUT, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoJoined) joined = NULL;
  guint64 expected = 0;

  if (!tyto_join_measure (fuzz_target_directory (), &expected, &error)) {
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
    return;
  }
  joined = tyto_join (fuzz_target_directory (), path, NULL, NULL, NULL, &error);
  if (joined == NULL) {
    g_assert_true (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)
                   || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_UNSUPPORTED));
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    return;
  }
  g_assert_cmpuint (joined->frames + joined->audio_frames, >, 0);
  g_assert_cmpuint (joined->bytes, <=, expected);
  g_assert_cmpuint (joined->gaps->len, >, 0);
  check_boxes (path, joined->bytes);
  g_remove (path);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const names[] = { "journal", "whole", "init", "front", "back" };
  gsize moof = tyto_mp4_scan_moof (data, size, 0);
  gboolean has_init = moof > 0 && moof < size;
  gsize half = has_init ? moof : size / 2;

  write_file ("whole", data, size);
  write_file ("init", data, half);
  write_file ("front", data, half);
  write_file ("back", data + half, size - half);
  write_journal (size, half, has_init);
  join ();
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (fuzz_target_directory (), names[i], NULL);

    g_remove (path);
  }
  return 0;
}
