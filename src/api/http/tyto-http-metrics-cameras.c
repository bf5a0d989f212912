/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-metrics-cameras.h"

#include "api/http/tyto-http-exposition.h"
#include "base/tyto-json.h"

/**
 * Family: one metric that every camera has.
 * @member: of the camera (tyto-recorder.h)
 * @label: what the camera's id is called: seeds say camera_id, our own names camera
 */
typedef struct {
  const char *name;
  const char *type;
  const char *label;
  const char *member;
  const char *help;
} Family;

static const Family families[] = {
  { "recording_segments_count", "gauge", "camera_id", "segments",
    "Segments recorded since the service started." },
  { "recording_bytes_total", "counter", "camera_id", "bytes", "Bytes in finished segments." },
  { "camera_segments_recorded_total", "counter", "camera_id", "segments", "Segments finished." },
  { "camera_ffmpeg_restarts_total", "counter", "camera_id", "worker_restarts",
    "Restarts of the process that records (which is not FFmpeg; the name is kept)." },
  { "camera_recording_bytes_total", "counter", "camera_id", "bytes",
    "Bytes in finished segments." },
  { "tyto_camera_frames_received_total", "counter", "camera", "frames_received",
    "Video frames received from the first decodable one of each run on." },
  { "tyto_camera_frames_recorded_total", "counter", "camera", "frames_recorded",
    "Video frames in finished segments." },
  { "tyto_camera_frames_lost_total", "counter", "camera", "frames_lost",
    "Video frames received and not recorded." },
  { "tyto_camera_frames_missing_total", "counter", "camera", "frames_missing",
    "Video frames the camera numbered that never came whole." },
  { "tyto_camera_packets_received_total", "counter", "camera", "packets_received",
    "RTP packets received." },
  { "tyto_camera_packets_lost_total", "counter", "camera", "packets_lost",
    "RTP packets that never came." },
  { "tyto_camera_gaps_total", "counter", "camera", "gaps",
    "Intervals that should have been recorded and were not." },
  { "tyto_camera_reconnects_total", "counter", "camera", "reconnects",
    "Connections made after the first." },
  { "tyto_camera_worker_restarts_total", "counter", "camera", "worker_restarts",
    "Restarts of the process that records the camera." },
};

/* Ratio: of what a camera may or may not have; -1 where it is not known, and then not told. */
typedef struct {
  const char *name;
  const char *member;
  const char *help;
} Ratio;

static const Ratio ratios[] = {
  { "tyto_camera_packet_loss_ratio", "loss_ratio", "RTP packets lost of those sent, 0 to 1." },
  { "tyto_camera_frames_lost_ratio", "frame_loss_ratio",
    "Video frames missing or lost of those sent, 0 to 1." },
  { "tyto_camera_coverage_ratio", "coverage",
    "How much of what was wanted in the last day is recorded, 0 to 1." },
};

static const char *const states[]
    = { "off", "connecting", "recording", "retrying", "offline", "parked", "stopping" };

static gboolean
is_recording (GVariant *camera)
{
  return g_str_equal (tyto_dict_string (camera, "state", ""), "recording");
}

static void
write_family (GString *out, GVariant *cameras, const Family *family)
{
  tyto_http_exposition_family (out, family->name, family->type, family->help);
  for (gsize i = 0; i < g_variant_n_children (cameras); i++) {
    g_autoptr (GVariant) camera = g_variant_get_child_value (cameras, i);
    guint64 value = tyto_dict_uint (camera, family->member, 0);

    tyto_http_exposition_sample (out, family->name, family->label,
                                 tyto_dict_string (camera, "id", ""), value);
  }
}

static void
write_connected (GString *out, GVariant *cameras)
{
  tyto_http_exposition_family (out, "camera_stream_connected", "gauge",
                               "1 while the camera's stream is received.");
  for (gsize i = 0; i < g_variant_n_children (cameras); i++) {
    g_autoptr (GVariant) camera = g_variant_get_child_value (cameras, i);

    tyto_http_exposition_sample (out, "camera_stream_connected", "camera_id",
                                 tyto_dict_string (camera, "id", ""), is_recording (camera));
  }
}

static void
write_states (GString *out, GVariant *cameras)
{
  tyto_http_exposition_family (out, "tyto_camera_state", "gauge",
                               "1 for the state the camera is in, 0 for the others.");
  for (gsize i = 0; i < g_variant_n_children (cameras); i++) {
    g_autoptr (GVariant) camera = g_variant_get_child_value (cameras, i);
    const char *state = tyto_dict_string (camera, "state", "");

    for (guint j = 0; j < G_N_ELEMENTS (states); j++)
      tyto_http_exposition_sample2 (out, "tyto_camera_state", "camera",
                                    tyto_dict_string (camera, "id", ""), "state", states[j],
                                    g_str_equal (state, states[j]));
  }
}

static void
write_ratio (GString *out, GVariant *cameras, const Ratio *ratio)
{
  tyto_http_exposition_family (out, ratio->name, "gauge", ratio->help);
  for (gsize i = 0; i < g_variant_n_children (cameras); i++) {
    g_autoptr (GVariant) camera = g_variant_get_child_value (cameras, i);
    double value = tyto_dict_double (camera, ratio->member, -1);

    if (value >= 0)
      tyto_http_exposition_sample (out, ratio->name, "camera", tyto_dict_string (camera, "id", ""),
                                   value);
  }
}

static void
write_gap_seconds (GString *out, GVariant *cameras)
{
  tyto_http_exposition_family (out, "tyto_camera_gap_seconds_total", "counter",
                               "How long it should have been recorded and was not, by reason.");
  for (gsize i = 0; i < g_variant_n_children (cameras); i++) {
    g_autoptr (GVariant) camera = g_variant_get_child_value (cameras, i);
    g_autoptr (GVariant) lengths
        = g_variant_lookup_value (camera, "gap_seconds", G_VARIANT_TYPE_VARDICT);
    GVariantIter iter;
    const char *reason;
    GVariant *value;

    if (lengths == NULL)
      continue;
    g_variant_iter_init (&iter, lengths);
    while (g_variant_iter_loop (&iter, "{&sv}", &reason, &value))
      tyto_http_exposition_sample2 (out, "tyto_camera_gap_seconds_total", "camera",
                                    tyto_dict_string (camera, "id", ""), "reason", reason,
                                    g_variant_get_double (value));
  }
}

void
tyto_http_metrics_cameras_write (GString *out, GVariant *cameras)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    write_family (out, cameras, &families[i]);
  write_connected (out, cameras);
  write_states (out, cameras);
  for (guint i = 0; i < G_N_ELEMENTS (ratios); i++)
    write_ratio (out, cameras, &ratios[i]);
  write_gap_seconds (out, cameras);
}
