/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Segments, gaps, runs, broadcasts and clips: from the worker's words, and as the API shows them.
 */
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "store/tyto-broadcast.h"
#include "store/tyto-clip.h"
#include "store/tyto-gap.h"
#include "store/tyto-run.h"
#include "store/tyto-segment.h"

#include <string.h>

#define MINIMAL                                                                                    \
  "'camera': <'door'>, 'run': <'R'>, 'sequence': <uint64 7>, 'path': <'/s/7.mp4'>,"                \
  " 'format': <'mp4'>, 'wall-start': <int64 1795226880123456>,"                                    \
  " 'duration': <uint64 12000500999>, 'frames': <uint64 300>, 'bytes': <uint64 123456>"

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static char *
show (GVariant *floating)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (floating);

  return tyto_json_from_variant (value, FALSE);
}

static void
test_segment_from_worker (void)
{
  g_autoptr (GVariant) dict
      = parse ("{" MINIMAL ", 'video-codec': <'h264'>, 'audio-codec': <'aac'>,"
               " 'monotonic-start': <uint64 99>, 'camera-time': <int64 1795226880000000>,"
               " 'key-frames': <uint64 6>, 'audio-frames': <uint64 512>,"
               " 'packets-lost': <uint64 3>, 'reason': <'boundary'>, 'clock-source': <'camera'>,"
               " 'clock-offset': <int64 -1500000>, 'frames-missing': <uint64 2>}");
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSegment) segment = tyto_segment_new_from_worker (dict, &error);
  g_autofree char *shown = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (segment->monotonic_ns, ==, 99);
  g_assert_cmpint (segment->end_us, ==, G_GINT64_CONSTANT (1795226892123956));
  shown = show (tyto_segment_to_variant (segment));
  g_assert_cmpstr (
      shown, ==,
      "{\"id\":\"R.000007\",\"camera\":\"door\",\"stream\":\"main\",\"run\":\"R\",\"sequence\":7,"
      "\"start\":\"2026-11-21T02:08:00.123Z\",\"end\":\"2026-11-21T02:08:12.123Z\","
      "\"duration\":12.000500999,\"frames\":300,\"key_frames\":6,\"audio_frames\":512,"
      "\"bytes\":123456,\"packets_lost\":3,\"format\":\"mp4\",\"video_codec\":\"h264\","
      "\"audio_codec\":\"aac\",\"path\":\"/s/7.mp4\","
      "\"camera_time\":\"2026-11-21T02:08:00.000Z\",\"cut_reason\":\"boundary\","
      "\"clock_source\":\"camera\",\"clock_offset\":-1.5,\"frames_missing\":2,"
      "\"recovered\":false,\"archived\":false,\"tier\":\"fast\"}");
}

static void
test_segment_defaults (void)
{
  g_autoptr (GVariant) dict = parse ("{" MINIMAL "}");
  g_autoptr (GVariant) sub = parse ("{" MINIMAL ", 'stream': <'sub'>}");
  g_autoptr (TytoSegment) segment = tyto_segment_new_from_worker (dict, NULL);
  g_autoptr (TytoSegment) sub_segment = tyto_segment_new_from_worker (sub, NULL);
  g_autofree char *shown = show (tyto_segment_to_variant (segment));

  g_assert_cmpstr (segment->stream, ==, "main");
  g_assert_cmpstr (sub_segment->stream, ==, "sub");
  g_assert_cmpstr (segment->video_codec, ==, "");
  g_assert_cmpint (segment->camera_time_us, ==, -1);
  g_assert_null (strstr (shown, "camera_time"));
}

/* Without any one of what it must have, or with that of another type: refused, by name. */
static void
test_segment_incomplete (void)
{
  static const char *const required[] = { "camera",     "run",      "sequence", "path", "format",
                                          "wall-start", "duration", "frames",   "bytes" };

  for (gsize i = 0; i < G_N_ELEMENTS (required); i++) {
    for (int wrong_type = 0; wrong_type < 2; wrong_type++) {
      g_autoptr (GVariant) whole = parse ("{" MINIMAL "}");
      g_auto (GVariantDict) changed = G_VARIANT_DICT_INIT (whole);
      g_autoptr (GVariant) dict = NULL;
      g_autoptr (GError) error = NULL;

      g_variant_dict_remove (&changed, required[i]);
      if (wrong_type)
        g_variant_dict_insert (&changed, required[i], "b", TRUE);
      dict = g_variant_ref_sink (g_variant_dict_end (&changed));
      g_assert_null (tyto_segment_new_from_worker (dict, &error));
      g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
      g_assert_nonnull (strstr (error->message, required[i]));
    }
  }
}

/* One that is being written has no end yet; what it must have is still asked for. */
static void
test_open_segment (void)
{
  g_autoptr (GVariant) dict
      = parse ("{'camera': <'door'>, 'run': <'R'>, 'sequence': <uint64 7>, 'path': <'/s/7.mp4'>,"
               " 'format': <'mp4'>, 'wall-start': <int64 5000>, 'monotonic-start': <uint64 99>,"
               " 'clock-offset': <int64 -3>}");
  g_auto (GVariantDict) changed = G_VARIANT_DICT_INIT (dict);
  g_autoptr (TytoSegment) segment = tyto_segment_new_open_from_worker (dict, NULL);
  g_autoptr (GVariant) incomplete = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (segment);
  g_assert_cmpstr (segment->id, ==, "R.000007");
  g_assert_cmpstr (segment->stream, ==, "main");
  g_assert_cmpint (segment->start_us, ==, 5000);
  g_assert_cmpint (segment->end_us, ==, -1);
  g_assert_cmpuint (segment->monotonic_ns, ==, 99);
  g_assert_cmpint (segment->clock_offset_us, ==, -3);
  g_assert_null (tyto_segment_new_from_worker (dict, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_variant_dict_remove (&changed, "format");
  incomplete = g_variant_ref_sink (g_variant_dict_end (&changed));
  g_assert_null (tyto_segment_new_open_from_worker (incomplete, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_segment_of_no_camera (void)
{
  g_autoptr (GVariant) whole = parse ("{" MINIMAL "}");
  g_auto (GVariantDict) changed = G_VARIANT_DICT_INIT (whole);
  g_autoptr (GVariant) dict = NULL;
  g_autoptr (GError) error = NULL;

  g_variant_dict_insert (&changed, "camera", "s", "../door");
  dict = g_variant_ref_sink (g_variant_dict_end (&changed));
  g_assert_null (tyto_segment_new_from_worker (dict, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_gap (void)
{
  g_autoptr (TytoGap) gap
      = tyto_gap_new ("door", "main", G_GINT64_CONSTANT (1795226880000000), "packet-loss", NULL);
  g_autoptr (GVariant) open_gap = g_variant_ref_sink (tyto_gap_to_variant (gap));
  g_autofree char *shown = NULL;

  g_assert_true (tyto_dict_boolean (open_gap, "open", FALSE));
  g_assert_null (tyto_dict_string (open_gap, "end", NULL));
  g_assert_cmpfloat (tyto_dict_double (open_gap, "duration", -1), >=, 0);

  gap->id = 5;
  gap->end_us = gap->start_us + 2500000;
  gap->packets_lost = 8;
  gap->frames_lost = 9;
  shown = show (tyto_gap_to_variant (gap));
  g_assert_cmpstr (shown, ==,
                   "{\"id\":5,\"camera\":\"door\",\"stream\":\"main\","
                   "\"start\":\"2026-11-21T02:08:00.000Z\",\"end\":\"2026-11-21T02:08:02.500Z\","
                   "\"duration\":2.5,\"open\":false,\"reason\":\"packet-loss\",\"detail\":\"\","
                   "\"packets_lost\":8,\"frames_lost\":9}");
}

/* The records are boxed types: copied by reference. */
static void
test_references (void)
{
  TytoSegment *segment = tyto_segment_new ();
  TytoRun *run = tyto_run_new ("R", "door", "main", 1);
  TytoGap *gap = tyto_gap_new ("door", "main", 1, "disk", "full");

  g_assert_true (g_boxed_copy (TYTO_TYPE_SEGMENT, segment) == segment);
  g_assert_true (g_boxed_copy (TYTO_TYPE_RUN, run) == run);
  g_assert_true (g_boxed_copy (TYTO_TYPE_GAP, gap) == gap);
  g_boxed_free (TYTO_TYPE_SEGMENT, segment);
  g_boxed_free (TYTO_TYPE_RUN, run);
  g_boxed_free (TYTO_TYPE_GAP, gap);
  g_assert_cmpint (run->end_us, ==, -1);
  g_assert_cmpstr (run->end_reason, ==, "");
  g_assert_cmpstr (gap->detail, ==, "full");
  tyto_segment_unref (segment);
  tyto_run_unref (run);
  tyto_gap_unref (gap);
}

static TytoBroadcast *
make_broadcast (void)
{
  TytoBroadcast *broadcast = tyto_broadcast_new ("d1eb2fe8");

  tyto_broadcast_set (&broadcast->id, "e410066c-8d50-4e0f-965f-452af1814ffa");
  broadcast->started_us = 1759687200999999;
  return broadcast;
}

static void
test_new_broadcast (void)
{
  g_autoptr (TytoBroadcast) broadcast = make_broadcast ();
  g_autofree char *api = show (tyto_broadcast_to_variant (broadcast));
  g_autofree char *seed = show (tyto_broadcast_to_recording (broadcast));

  g_assert_cmpstr (seed, ==,
                   "{\"id\":\"e410066c-8d50-4e0f-965f-452af1814ffa\",\"stream_id\":null,"
                   "\"video_id\":null,\"file_path\":\"\",\"duration\":0,\"file_size\":0,"
                   "\"status\":\"recording\",\"started_at\":\"2025-10-05T18:00:00Z\","
                   "\"completed_at\":null}");
  g_assert_nonnull (strstr (api, "\"started_at\":\"2025-10-05T18:00:00.999Z\""));
  g_assert_nonnull (strstr (api, "\"source\":\"bucket\""));
  g_assert_nonnull (strstr (api, "\"import\":\"off\""));
  g_assert_nonnull (strstr (api, "\"object\":\"\""));
  g_assert_null (strstr (api, "ended_at"));
  g_assert_null (strstr (api, "next_try_at"));
}

static void
test_completed_broadcast (void)
{
  g_autoptr (TytoBroadcast) broadcast = make_broadcast ();
  g_autoptr (TytoBroadcast) copy = NULL;
  g_autofree char *seed = NULL;

  tyto_broadcast_set (&broadcast->stream_id, "bb52ba50-edc5-4056-a62c-6ef211d72d25");
  tyto_broadcast_set (&broadcast->video_id, "a781b655-d4e4-46a0-89da-c4f655bb24f0");
  tyto_broadcast_set (&broadcast->file_path, "recordings/d1eb2fe8.mp4");
  broadcast->status = TYTO_BROADCAST_COMPLETED;
  broadcast->duration_ms = 1859500;
  broadcast->bytes = 524288000;
  broadcast->completed_us = 1759689060000000;
  copy = tyto_broadcast_copy (broadcast);
  tyto_broadcast_set (&broadcast->file_path, NULL);
  g_assert_cmpstr (broadcast->file_path, ==, "");
  seed = show (tyto_broadcast_to_recording (copy));
  g_assert_cmpstr (seed, ==,
                   "{\"id\":\"e410066c-8d50-4e0f-965f-452af1814ffa\","
                   "\"stream_id\":\"bb52ba50-edc5-4056-a62c-6ef211d72d25\","
                   "\"video_id\":\"a781b655-d4e4-46a0-89da-c4f655bb24f0\","
                   "\"file_path\":\"recordings/d1eb2fe8.mp4\",\"duration\":1860,"
                   "\"file_size\":524288000,\"status\":\"completed\","
                   "\"started_at\":\"2025-10-05T18:00:00Z\","
                   "\"completed_at\":\"2025-10-05T18:31:00Z\"}");
}

static void
test_statuses (void)
{
  for (int status = TYTO_BROADCAST_RECORDING; status <= TYTO_BROADCAST_FAILED; status++)
    g_assert_cmpint (tyto_broadcast_status_from_string (tyto_broadcast_status_to_string (status)),
                     ==, status);
  g_assert_cmpint (tyto_broadcast_status_from_string ("Completed"), ==, -1);
  g_assert_cmpint (tyto_broadcast_status_from_string (NULL), ==, -1);
}

static void
test_broadcast_gap (void)
{
  g_autoptr (TytoBroadcastGap) gap
      = tyto_broadcast_gap_new (61500, 1000, "seg-61.ts", "missing", NULL);
  g_autofree char *shown = show (tyto_broadcast_gap_to_variant (gap));

  g_assert_cmpstr (shown, ==,
                   "{\"offset\":61.5,\"duration\":1,\"segment\":\"seg-61.ts\","
                   "\"reason\":\"missing\",\"detail\":\"\"}");
}

/* A clip is of the one or of the other. */
static void
test_clips (void)
{
  g_autoptr (TytoClip) of_camera = tyto_clip_new ("door", "x", 0, G_USEC_PER_SEC);
  g_autoptr (TytoClip) of_broadcast = tyto_clip_new_of_broadcast ("e4", "y", 0, G_USEC_PER_SEC);
  g_autofree char *one = show (tyto_clip_to_variant (of_camera));
  g_autofree char *other = show (tyto_clip_to_variant (of_broadcast));

  g_assert_nonnull (strstr (one, "\"camera\":\"door\""));
  g_assert_null (strstr (one, "broadcast"));
  g_assert_nonnull (strstr (other, "\"broadcast\":\"e4\""));
  g_assert_null (strstr (other, "camera"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/records/segment-from-worker", test_segment_from_worker);
  g_test_add_func ("/records/segment-defaults", test_segment_defaults);
  g_test_add_func ("/records/segment-incomplete", test_segment_incomplete);
  g_test_add_func ("/records/open-segment", test_open_segment);
  g_test_add_func ("/records/segment-of-no-camera", test_segment_of_no_camera);
  g_test_add_func ("/records/gap", test_gap);
  g_test_add_func ("/records/references", test_references);
  g_test_add_func ("/records/new-broadcast", test_new_broadcast);
  g_test_add_func ("/records/completed-broadcast", test_completed_broadcast);
  g_test_add_func ("/records/statuses", test_statuses);
  g_test_add_func ("/records/broadcast-gap", test_broadcast_gap);
  g_test_add_func ("/records/clips", test_clips);
  return g_test_run ();
}
