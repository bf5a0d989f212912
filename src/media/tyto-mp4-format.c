/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-format.c: reads and mends a fragmented MP4 file, of our writer or of mp4mux. */
#include "media/tyto-media-format.h"

#include "media/tyto-mp4-file.h"
#include "media/tyto-mp4-moov.h"

#define WINDOW         8192 /* bytes: a moof and what follows it */
#define UNSYNCED_NS    (G_GUINT64_CONSTANT (30) * 1000000000) /* what a slow disk may hold back */
#define UNSYNCED_MEDIA (64 * 1024 * 1024)

static gboolean
read_mp4 (TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  g_auto (TytoMp4File) file = { 0 };
  GError *failed = NULL;

  if (!tyto_mp4_file_open (&file, input, to, error))
    return FALSE;
  /* The index counts one track a fragment, which is all there is in ours. */
  to->complete = file.ours && tyto_mp4_file_read_index (&file, input, to, &failed);
  if (failed == NULL && !to->complete)
    tyto_mp4_file_walk (&file, input, to, &failed);
  if (failed != NULL) {
    g_propagate_error (error, failed);
    return FALSE;
  }
  tyto_mp4_file_sum (&file, to);
  if (to->complete)
    to->bytes = input->size;
  return TRUE;
}

/* The first fragment whose media were lost, among the last ones: what is older than any sync is on
 * the disk. The number of fragments when none was. */
static guint
find_lost (const TytoMp4File *file, TytoMediaInput *input, const TytoMediaFile *of, GError **error)
{
  const TytoMediaFragment *fragments = (const TytoMediaFragment *) (void *) of->fragments->data;
  guint n = of->fragments->len;
  guint64 time_ns = 0;
  guint64 bytes = 0;
  guint first = n;

  while (first > 0 && time_ns < UNSYNCED_NS && bytes < UNSYNCED_MEDIA) {
    first--;
    time_ns += fragments[first].duration_ns;
    bytes += fragments[first].size;
  }
  while (first < n && tyto_mp4_file_check_media (file, input, &fragments[first], error))
    first++;
  return first;
}

/* Cuts what was lost from what was read. */
static gboolean
drop_lost (const TytoMp4File *file, TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  GError *failed = NULL;
  guint lost = find_lost (file, input, to, &failed);

  if (failed == NULL && lost < to->fragments->len) {
    input->size = g_array_index (to->fragments, TytoMediaFragment, lost).offset;
    g_array_set_size (to->fragments, 0);
    to->audio_frames = 0;
    if (tyto_mp4_file_walk (file, input, to, &failed))
      tyto_mp4_file_sum (file, to);
  }
  if (failed != NULL)
    g_propagate_error (error, failed);
  else if (tyto_media_format_is_empty (to))
    tyto_media_format_miss (input, error);
  return failed == NULL && !tyto_media_format_is_empty (to);
}

/* The end is written over what is cut, whose blocks the file has: a full disk does not prevent it.
 */
static gboolean
mend_mp4 (TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  g_autoptr (GByteArray) trailer = g_byte_array_new ();
  g_auto (TytoMp4File) file = { 0 };
  guint reference;

  if (!tyto_mp4_file_open (&file, input, to, error) || !drop_lost (&file, input, to, error))
    return FALSE;
  reference = tyto_mp4_reference_track (file.tracks);
  tyto_mp4_put_trailer (trailer, to->fragments, reference,
                        g_array_index (file.tracks, TytoMp4TrackInfo, reference).timescale);
  return tyto_media_input_write (input, to->bytes, trailer->data, trailer->len, error)
         && tyto_media_input_cut (input, to->bytes + trailer->len, error);
}

const TytoMediaFormat tyto_media_format_mp4 = { "mp4", WINDOW, read_mp4, mend_mp4 };
