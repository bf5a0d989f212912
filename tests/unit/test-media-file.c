/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test-media-file.c: recordings of each format, finished, cut off, overwritten and damaged. */
#include "base/tyto-error.h"
#include "media-decoding.h"
#include "media-samples.h"
#include "media/tyto-media-file.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <string.h>
#include <unistd.h>

#define BLOCK        4096 /* of a file system */
#define STEP         7    /* blocks from one loss to the next */
#define VIDEO_FRAMES 150  /* at 25 a second */
#define AUDIO_FRAMES 257  /* of 1024 at 44100 Hz */
#define TAIL         100000
#define ROUNDS       5
#define RUN          "20261121T020800Z-4f2a9c01d3e7"
#define COMMENT      "camera=door run=" RUN " sequence=7 start=2026-11-21T02:08:00.123456Z"
#define WALL_START   G_GINT64_CONSTANT (1795226880123456)

/* A recording and what is known of it. */
typedef struct {
  const char *name; /* of the file */
  const char *video_codec;
  const char *audio_codec;
  guint video;
  guint audio;
  gboolean has_run; /* its identity is whole */
  char *path;
  guint8 *bytes;
  gsize size;
} Recording;

static Recording recordings[] = {
  { "h264.mp4", "h264", "aac", VIDEO_FRAMES, AUDIO_FRAMES, TRUE },
  { "b-frames.mp4", "h264", "", VIDEO_FRAMES, 0, TRUE },
  { "h265.mp4", "h265", "opus", VIDEO_FRAMES, 301, TRUE },
  { "audio.mp4", "", "aac", 0, AUDIO_FRAMES, TRUE },
  { "mp4mux.mp4", "h264", "aac", VIDEO_FRAMES, AUDIO_FRAMES, TRUE },
  { "mpegtsmux.ts", "h264", "aac", VIDEO_FRAMES, AUDIO_FRAMES, FALSE },
  { "matroskamux.mkv", "h264", "aac", VIDEO_FRAMES, AUDIO_FRAMES, TRUE },
  { "alaw.mkv", "h264", "pcma", VIDEO_FRAMES, 150, TRUE },
};

/* Bytes a cut may take from what was there: less than a second of it, here. */
#define MOST_LOST 60000

static char *directory;

static const TytoMediaIdentity identity = {
  .camera = (char *) "door",
  .stream = (char *) "main",
  .run = (char *) RUN,
  .sequence = 7,
  .wall_start_us = WALL_START,
  .camera_time_us = -1,
};

static void
make_muxed (const char *muxer, const char *parser, const char *audio, const char *path)
{
  g_autofree char *pipeline = g_strdup_printf (
      "%s name=mux ! filesink location=%s "
      "videotestsrc num-buffers=%d ! video/x-raw,width=320,height=240,framerate=25/1 ! "
      "x264enc key-int-max=50 bitrate=200 bframes=0 speed-preset=ultrafast ! %s ! "
      "queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! mux. %s ! "
      "queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! mux.",
      muxer, path, VIDEO_FRAMES, parser, audio);

  media_samples_run (pipeline, COMMENT);
}

static void
make_recordings (void)
{
  g_autoptr (MediaSamples) h264 = media_samples_h264 (VIDEO_FRAMES, FALSE);
  g_autoptr (MediaSamples) b_frames = media_samples_h264 (VIDEO_FRAMES, TRUE);
  g_autoptr (MediaSamples) h265 = media_samples_h265 (VIDEO_FRAMES);
  g_autoptr (MediaSamples) aac = media_samples_aac (AUDIO_FRAMES);
  g_autoptr (MediaSamples) opus = media_samples_opus (300);
  const char *aac_pipeline = "audiotestsrc num-buffers=257 samplesperbuffer=1024 ! "
                             "audio/x-raw,rate=44100,channels=1 ! voaacenc ! aacparse";
  const char *alaw_pipeline = "audiotestsrc num-buffers=150 samplesperbuffer=320 ! "
                              "audio/x-raw,rate=8000,channels=1 ! alawenc";

  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++)
    recordings[i].path = g_build_filename (directory, recordings[i].name, NULL);
  media_samples_write (recordings[0].path, &identity, (MediaSamples *[]){ h264, aac }, 2, TRUE);
  media_samples_write (recordings[1].path, &identity, &b_frames, 1, TRUE);
  media_samples_write (recordings[2].path, &identity, (MediaSamples *[]){ opus, h265 }, 2, TRUE);
  media_samples_write (recordings[3].path, &identity, &aac, 1, TRUE);
  make_muxed ("mp4mux fragment-duration=1000", "h264parse", aac_pipeline, recordings[4].path);
  make_muxed ("mpegtsmux alignment=0",
              "h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au",
              aac_pipeline, recordings[5].path);
  make_muxed ("matroskamux offset-to-zero=true", "h264parse", aac_pipeline, recordings[6].path);
  make_muxed ("matroskamux offset-to-zero=true", "h264parse", alaw_pipeline, recordings[7].path);
  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++)
    g_assert_true (g_file_get_contents (recordings[i].path, (char **) &recordings[i].bytes,
                                        &recordings[i].size, NULL));
}

/* The bytes of @of, @size of them, as an unfinished file, with @tail_size bytes of @tail. */
static char *
write_part (const Recording *of, gsize size, const guint8 *tail, gsize tail_size)
{
  g_autofree char *name = g_strconcat ("cut-", of->name, ".part", NULL);
  char *path = g_build_filename (directory, name, NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, of->bytes, size), ==, (gssize) size);
  g_assert_cmpint (write (fd, tail, tail_size), ==, (gssize) tail_size);
  close (fd);
  return path;
}

static void
assert_same (const TytoMediaFile *a, const TytoMediaFile *b)
{
  g_assert_cmpuint (a->frames, ==, b->frames);
  g_assert_cmpuint (a->key_frames, ==, b->key_frames);
  g_assert_cmpuint (a->audio_frames, ==, b->audio_frames);
  g_assert_cmpuint (a->duration_ns, ==, b->duration_ns);
  g_assert_cmpuint (a->bytes, ==, b->bytes);
  g_assert_cmpint (a->complete, ==, b->complete);
  g_assert_cmpuint (a->fragments->len, ==, b->fragments->len);
  for (guint i = 0; i < a->fragments->len; i++) {
    const TytoMediaFragment *of_a = &g_array_index (a->fragments, TytoMediaFragment, i);
    const TytoMediaFragment *of_b = &g_array_index (b->fragments, TytoMediaFragment, i);

    g_assert_cmpuint (of_a->track, ==, of_b->track);
    g_assert_cmpuint (of_a->offset, ==, of_b->offset);
    g_assert_cmpuint (of_a->size, ==, of_b->size);
    g_assert_cmpuint (of_a->time_ns, ==, of_b->time_ns);
    g_assert_cmpuint (of_a->duration_ns, ==, of_b->duration_ns);
    g_assert_cmpuint (of_a->frames, ==, of_b->frames);
    g_assert_cmpuint (of_a->key_frames, ==, of_b->key_frames);
    g_assert_cmpint (of_a->key, ==, of_b->key);
  }
}

static void
test_finished (gconstpointer data)
{
  const Recording *of = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoMediaFile) file = tyto_media_file_read (of->path, &error);
  g_autoptr (TytoMediaFile) mended = NULL;

  g_assert_no_error (error);
  g_assert_true (file->complete);
  g_assert_true (g_str_has_suffix (of->name, file->format));
  g_assert_cmpstr (file->video_codec, ==, of->video_codec);
  g_assert_cmpstr (file->audio_codec, ==, of->audio_codec);
  g_assert_cmpuint (file->frames, ==, of->video);
  g_assert_cmpuint (file->audio_frames, ==, of->audio);
  g_assert_cmpuint (file->key_frames, ==, of->video / 50);
  g_assert_cmpuint (file->bytes, ==, of->size);
  if (of->video > 0)
    g_assert_cmpint (ABS ((gint64) file->duration_ns - G_GINT64_CONSTANT (6000000000)), <, 1000000);
  else
    g_assert_cmpuint (file->duration_ns / 1000000, ==, AUDIO_FRAMES * 1024 * 10 / 441);
  if (of->has_run) {
    g_assert_cmpstr (file->identity.camera, ==, "door");
    g_assert_cmpstr (file->identity.run, ==, RUN);
    g_assert_cmpuint (file->identity.sequence, ==, 7);
    g_assert_cmpint (file->identity.wall_start_us, ==, WALL_START);
  }
  media_samples_assert_decodes (of->path);
  if (of->video > 0)
    g_assert_cmpuint (media_samples_count_packets (of->path, "v"), ==, of->video);
  if (of->audio > 0)
    g_assert_cmpuint (media_samples_count_packets (of->path, "a"), ==, of->audio);

  mended = tyto_media_file_mend (of->path, &error);
  g_assert_no_error (error);
  assert_same (mended, file);
}

/* What must be left of the first @size bytes of @of, when it is MP4: the whole fragments. */
static guint
count_whole (const TytoMediaFile *whole, gsize size, gboolean audio)
{
  guint frames = 0;

  for (guint i = 0; i < whole->fragments->len; i++) {
    const TytoMediaFragment *fragment = &g_array_index (whole->fragments, TytoMediaFragment, i);
    gboolean of_audio = fragment->key_frames == fragment->frames;

    if (fragment->offset + fragment->size <= size && of_audio == audio)
      frames += fragment->frames;
  }
  return frames;
}

/* Mends the file at @path. Returns: what it is then; NULL when it holds no frame. */
static TytoMediaFile *
mend (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoMediaFile) file = tyto_media_file_mend (path, &error);
  g_autoptr (TytoMediaFile) read = NULL;

  if (file == NULL) {
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
    return NULL;
  }
  g_assert_no_error (error);
  g_assert_true (file->complete);
  read = tyto_media_file_read (path, &error);
  g_assert_no_error (error);
  assert_same (read, file);
  return g_steal_pointer (&file);
}

static void
test_cut (gconstpointer data)
{
  const Recording *of = data;
  g_autoptr (TytoMediaFile) whole = tyto_media_file_read (of->path, NULL);
  gboolean plain = whole->fragments->len > 0 && !g_str_equal (of->name, "mp4mux.mp4");
  MediaDecoding *decoding = media_decoding_new ();
  guint64 before = 0;
  guint step = 0;

  /* Every byte of the start; then here and there, up to the last one. */
  for (gsize size = 0; size < of->size; size += size < 2500 ? 7 : 1 + of->size / 301, step++) {
    g_autofree char *path = write_part (of, size, NULL, 0);
    g_autoptr (TytoMediaFile) file = mend (path);

    if (file == NULL) {
      g_assert_cmpuint (size, <, MOST_LOST);
      g_assert_cmpuint (before, ==, 0);
      continue;
    }
    g_assert_cmpuint (file->frames + file->audio_frames, >=, before);
    before = file->frames + file->audio_frames;
    if (plain && of->video > 0) {
      g_assert_cmpuint (file->frames, ==, count_whole (whole, size, FALSE));
      g_assert_cmpuint (file->audio_frames, ==, count_whole (whole, size, TRUE));
    }
    if (step % 37 == 0)
      media_decoding_take (decoding, path, (int) file->frames, (int) file->audio_frames);
  }
  g_assert_cmpuint (media_decoding_run (decoding), >, 5);
}

/* Of zeros behind @size bytes, as an allocation leaves them, nothing is believed. */
static void
add_zeros (const Recording *of, gsize size, MediaDecoding *decoding)
{
  g_autofree guint8 *zeros = g_malloc0 (TAIL);
  g_autofree char *clean_path = write_part (of, size, NULL, 0);
  g_autoptr (TytoMediaFile) clean = mend (clean_path);
  g_autofree char *path = write_part (of, size, zeros, TAIL);
  g_autoptr (TytoMediaFile) file = mend (path);

  /* But the last byte of the last frame may have been a zero that looks like the others. */
  g_assert_cmpuint (file->frames, <=, clean->frames);
  g_assert_cmpuint (file->audio_frames, <=, clean->audio_frames);
  g_assert_cmpuint (file->bytes + MOST_LOST, >=, clean->bytes);
  media_decoding_take (decoding, path, MEDIA_DECODING_ANY, MEDIA_DECODING_ANY);
}

/* Garbage may look like the rest of what was torn. */
static void
add_garbage (const Recording *of, gsize size)
{
  g_autofree guint8 *garbage = g_malloc (TAIL);
  g_autofree char *clean_path = write_part (of, size, NULL, 0);
  g_autoptr (TytoMediaFile) clean = mend (clean_path);
  g_autofree char *path = NULL;
  g_autoptr (TytoMediaFile) file = NULL;

  for (gsize i = 0; i < TAIL; i++)
    garbage[i] = (guint8) g_test_rand_int ();
  path = write_part (of, size, garbage, TAIL);
  file = mend (path);
  g_assert_cmpuint (file->frames, >=, clean->frames);
  g_assert_cmpuint (file->frames, <=, of->video);
}

/* What a crash leaves behind the media. */
static void
test_tail (gconstpointer data)
{
  const Recording *of = data;
  MediaDecoding *decoding = media_decoding_new ();

  for (guint round = 0; round < ROUNDS; round++) {
    gsize size = of->size / 2 + (gsize) g_test_rand_int_range (0, (gint32) (of->size / 2 - 1000));

    add_zeros (of, size, decoding);
    add_garbage (of, size);
  }
  media_decoding_run (decoding);
}

/* Garbage behind the end of a finished one. */
static void
test_garbage (gconstpointer data)
{
  const Recording *of = data;
  const guint8 garbage[1000] = { 0xde, 0xad, 0xbe, 0xef };
  g_autofree char *path = write_part (of, of->size, garbage, sizeof garbage);
  g_autoptr (TytoMediaFile) file = mend (path);
  MediaDecoding *decoding = media_decoding_new ();

  g_assert_cmpuint (file->frames, ==, of->video);
  g_assert_cmpuint (file->audio_frames, ==, of->audio);
  media_decoding_take (decoding, path, (int) of->video, (int) of->audio);
  media_decoding_run (decoding);
}

/* Power fails: the size of the file is on the disk, the block of its media at @block is not; nor is
 * what follows it when @rest. */
static void
lose_block (const Recording *of, gsize block, gboolean rest, MediaDecoding *decoding)
{
  g_autofree guint8 *bytes = g_memdup2 (of->bytes, of->size);
  gsize size = of->size - 300; /* unfinished */
  Recording damaged = *of;
  g_autofree char *path = NULL;
  g_autoptr (TytoMediaFile) file = NULL;

  memset (bytes + block, 0, rest ? of->size - block : MIN (BLOCK, of->size - block));
  damaged.bytes = bytes;
  path = write_part (&damaged, size, NULL, 0);
  file = mend (path);
  g_assert_nonnull (file);
  g_assert_cmpuint (file->bytes, <=, block + 10000); /* with its end */
  g_assert_cmpuint (file->bytes + MOST_LOST, >, block);
  media_decoding_take (decoding, path, MEDIA_DECODING_ANY, MEDIA_DECODING_ANY);
}

static void
test_lost_block (gconstpointer data)
{
  const Recording *of = data;
  gsize first = of->size / 2 / BLOCK * BLOCK;
  MediaDecoding *decoding = media_decoding_new ();

  for (gsize block = first; block < of->size - BLOCK; block += STEP * BLOCK)
    lose_block (of, block, block % (2 * BLOCK) == 0, decoding);
  media_decoding_run (decoding);
}

/* Whatever the bits are: an answer, in bounds. */
static void
test_damaged (gconstpointer data)
{
  const Recording *of = data;
  g_autofree guint8 *bytes = g_malloc (of->size);
  Recording damaged = *of;

  damaged.bytes = bytes;
  for (guint round = 0; round < 400; round++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (TytoMediaFile) read = NULL;
    g_autoptr (TytoMediaFile) mended = NULL;
    g_autofree char *path = NULL;
    gsize area = round % 2 == 0 ? of->size : MIN (of->size, 2000);

    memcpy (bytes, of->bytes, of->size);
    for (guint flips = 1 + round % 8; flips > 0; flips--) {
      gsize at = (gsize) (g_test_rand_double () * (double) area);

      bytes[at] ^= (guint8) (1 << g_test_rand_int_range (0, 8));
    }
    path = write_part (&damaged, of->size, NULL, 0);
    read = tyto_media_file_read (path, &error);
    if (read != NULL) {
      g_assert_cmpuint (read->frames + read->audio_frames, <=, of->size);
      g_assert_cmpuint (read->bytes, <=, of->size);
    } else {
      g_assert_true (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT)
                     || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND));
      g_clear_error (&error);
    }
    mended = tyto_media_file_mend (path, &error);
    g_assert_true (mended != NULL || error->domain == TYTO_ERROR);
  }
}

static void
test_refused (void)
{
  static const struct {
    const char *name;
    const char *content;
    TytoError code;
  } cases[] = {
    { "text.mp4", "This is not a recording at all.", TYTO_ERROR_INVALID_ARGUMENT },
    { "text.mkv", "This is not a recording at all.", TYTO_ERROR_INVALID_ARGUMENT },
    { "notes.txt", "notes", TYTO_ERROR_INVALID_ARGUMENT },
    { "empty.mp4.part", "", TYTO_ERROR_NOT_FOUND },
    { "empty.ts.part", "", TYTO_ERROR_NOT_FOUND },
    { "empty.mkv.part", "", TYTO_ERROR_NOT_FOUND },
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *link = g_build_filename (directory, "link.mp4", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_build_filename (directory, cases[i].name, NULL);

    g_assert_true (g_file_set_contents (path, cases[i].content, -1, NULL));
    g_assert_null (tyto_media_file_mend (path, &error));
    g_assert_error (error, TYTO_ERROR, (gint) cases[i].code);
    g_clear_error (&error);
    g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  }
  g_assert_cmpint (symlink (recordings[0].path, link), ==, 0);
  g_assert_null (tyto_media_file_read (link, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (tyto_media_file_read ("/nonexistent/x.ts", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
}

static void
add (const char *name, Recording *of, GTestDataFunc function)
{
  g_autofree char *path = g_strdup_printf ("/media/file/%s/%s", name, of->name);

  g_test_add_data_func (path, of, function);
}

static void
remove_recordings (void)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    g_unlink (path);
  }
  g_rmdir (directory);
  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++) {
    g_free (recordings[i].path);
    g_free (recordings[i].bytes);
  }
  g_free (directory);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  directory = g_dir_make_tmp ("tyto-media-XXXXXX", NULL);
  make_recordings ();
  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++) {
    add ("finished", &recordings[i], test_finished);
    add ("cut", &recordings[i], test_cut);
    add ("tail", &recordings[i], test_tail);
    add ("garbage", &recordings[i], test_garbage);
    add ("lost-block", &recordings[i], test_lost_block);
    add ("damaged", &recordings[i], test_damaged);
  }
  g_test_add_func ("/media/file/refused", test_refused);
  result = g_test_run ();
  remove_recordings ();
  return result;
}
