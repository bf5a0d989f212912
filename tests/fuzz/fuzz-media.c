/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-media.c: any bytes as an unfinished recording of FORMAT: they are read, mended and read
 * again, and what was mended is complete and counts the same. */
#include "base/tyto-error.h"
#include "fuzz-target.h"
#include "media/tyto-media-file.h"

#include <glib/gstdio.h>

static void
check_mended (const char *path, const TytoMediaFile *mended)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoMediaFile) again = tyto_media_file_read (path, &error);

  g_assert_no_error (error);
  g_assert_true (again->complete);
  g_assert_cmpuint (again->bytes, ==, mended->bytes);
  g_assert_cmpuint (again->frames, ==, mended->frames);
  g_assert_cmpuint (again->audio_frames, ==, mended->audio_frames);
  g_assert_cmpuint (again->fragments->len, ==, mended->fragments->len);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *path = fuzz_target_write (data, size, "fuzzed." FORMAT ".part");
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoMediaFile) read = tyto_media_file_read (path, &error);
  g_autoptr (TytoMediaFile) mended = NULL;

  g_assert_true (read != NULL || error->domain == TYTO_ERROR);
  g_assert_true (read == NULL || read->bytes <= size);
  g_clear_error (&error);
  mended = tyto_media_file_mend (path, &error);
  if (mended != NULL)
    check_mended (path, mended);
  else
    g_assert_cmpint (error->code, !=, TYTO_ERROR_STORAGE);
  g_remove (path);
  return 0;
}
