/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-metrics-cameras.h"

#include "api/http/tyto-http-exposition.h"
#include "base/tyto-time.h"

/**
 * Family: one counter that every camera has.
 * @label: what the camera's id is called: seeds say camera_id, our own names camera
 * @get: its value now
 */
typedef struct {
  const char *name;
  const char *type;
  const char *label;
  guint64 (*get) (const TytoCameraCounters *counters);
  const char *help;
} Family;

static guint64
get_segments (const TytoCameraCounters *counters)
{
  return counters->segments;
}

static guint64
get_bytes (const TytoCameraCounters *counters)
{
  return counters->bytes;
}

static guint64
get_frames_lost (const TytoCameraCounters *counters)
{
  return counters->frames_lost;
}

static guint64
get_reconnects (const TytoCameraCounters *counters)
{
  return counters->reconnects;
}

static guint64
get_worker_restarts (const TytoCameraCounters *counters)
{
  return counters->worker_restarts;
}

static const Family families[] = {
  { "recording_segments_count", "gauge", "camera_id", get_segments,
    "Segments recorded since the service started." },
  { "recording_bytes_total", "counter", "camera_id", get_bytes, "Bytes in finished segments." },
  { "camera_segments_recorded_total", "counter", "camera_id", get_segments, "Segments finished." },
  { "camera_ffmpeg_restarts_total", "counter", "camera_id", get_worker_restarts,
    "Restarts of the process that records (which is not FFmpeg; the name is kept)." },
  { "camera_recording_bytes_total", "counter", "camera_id", get_bytes,
    "Bytes in finished segments." },
  { "tyto_camera_frames_received_total", "counter", "camera",
    tyto_camera_counters_get_frames_received,
    "Video frames received from the first decodable one of each run on." },
  { "tyto_camera_frames_recorded_total", "counter", "camera",
    tyto_camera_counters_get_frames_recorded, "Video frames in finished segments." },
  { "tyto_camera_frames_lost_total", "counter", "camera", get_frames_lost,
    "Video frames received and not recorded." },
  { "tyto_camera_frames_missing_total", "counter", "camera",
    tyto_camera_counters_get_frames_missing,
    "Video frames the camera numbered that never came whole." },
  { "tyto_camera_packets_received_total", "counter", "camera",
    tyto_camera_counters_get_packets_received, "RTP packets received." },
  { "tyto_camera_packets_lost_total", "counter", "camera", tyto_camera_counters_get_packets_lost,
    "RTP packets that never came." },
  { "tyto_camera_reconnects_total", "counter", "camera", get_reconnects,
    "Connections made after the first." },
  { "tyto_camera_worker_restarts_total", "counter", "camera", get_worker_restarts,
    "Restarts of the process that records the camera." },
};

static const TytoCameraState states[]
    = { TYTO_CAMERA_STATE_OFF,      TYTO_CAMERA_STATE_CONNECTING, TYTO_CAMERA_STATE_RECORDING,
        TYTO_CAMERA_STATE_RETRYING, TYTO_CAMERA_STATE_OFFLINE,    TYTO_CAMERA_STATE_PARKED,
        TYTO_CAMERA_STATE_STOPPING };

static void
write_family (GString *out, GPtrArray *cameras, const Family *family)
{
  tyto_http_exposition_family (out, family->name, family->type, family->help);
  for (guint i = 0; i < cameras->len; i++) {
    TytoCamera *camera = g_ptr_array_index (cameras, i);

    tyto_http_exposition_sample (out, family->name, family->label, tyto_camera_get_id (camera),
                                 family->get (tyto_camera_get_counters (camera)));
  }
}

static void
write_states (GString *out, GPtrArray *cameras)
{
  tyto_http_exposition_family (out, "tyto_camera_state", "gauge",
                               "1 for the state the camera is in, 0 for the others.");
  for (guint i = 0; i < cameras->len; i++) {
    TytoCamera *camera = g_ptr_array_index (cameras, i);

    for (guint j = 0; j < G_N_ELEMENTS (states); j++)
      tyto_http_exposition_sample2 (out, "tyto_camera_state", "camera", tyto_camera_get_id (camera),
                                    "state", tyto_camera_state_to_string (states[j]),
                                    tyto_camera_get_state (camera) == states[j]);
  }
}

static double
get_packet_loss (TytoCamera *camera)
{
  return tyto_camera_counters_get_loss_ratio (tyto_camera_get_counters (camera));
}

static double
get_frame_loss (TytoCamera *camera)
{
  return tyto_camera_counters_get_frame_loss_ratio (tyto_camera_get_counters (camera));
}

static double
get_gaps (TytoCamera *camera)
{
  return tyto_ledger_get_n_gaps (tyto_camera_get_ledger (camera));
}

static double
get_connected (TytoCamera *camera)
{
  return tyto_camera_get_state (camera) == TYTO_CAMERA_STATE_RECORDING;
}

/* Measure: one metric of a camera that is no counter of its own.
 * @get: below 0 where it is not known, and then not told */
typedef struct {
  const char *name;
  const char *type;
  const char *label;
  double (*get) (TytoCamera *camera);
  const char *help;
} Measure;

static const Measure measures[] = {
  { "tyto_camera_gaps_total", "counter", "camera", get_gaps,
    "Intervals that should have been recorded and were not." },
  { "camera_stream_connected", "gauge", "camera_id", get_connected,
    "1 while the camera's stream is received." },
  { "tyto_camera_packet_loss_ratio", "gauge", "camera", get_packet_loss,
    "RTP packets lost of those sent, 0 to 1." },
  { "tyto_camera_frames_lost_ratio", "gauge", "camera", get_frame_loss,
    "Video frames missing or lost of those sent, 0 to 1." },
  { "tyto_camera_coverage_ratio", "gauge", "camera", tyto_camera_get_coverage,
    "How much of what was wanted in the last day is recorded, 0 to 1." },
};

static void
write_measure (GString *out, GPtrArray *cameras, const Measure *measure)
{
  tyto_http_exposition_family (out, measure->name, measure->type, measure->help);
  for (guint i = 0; i < cameras->len; i++) {
    TytoCamera *camera = g_ptr_array_index (cameras, i);
    double value = measure->get (camera);

    if (value >= 0)
      tyto_http_exposition_sample (out, measure->name, measure->label, tyto_camera_get_id (camera),
                                   value);
  }
}

typedef struct {
  GString *out;
  TytoCamera *camera;
} Durations;

static void
write_duration (const char *reason, double seconds, gpointer data)
{
  Durations *self = data;

  tyto_http_exposition_sample2 (self->out, "tyto_camera_gap_seconds_total", "camera",
                                tyto_camera_get_id (self->camera), "reason", reason, seconds);
}

static void
write_gap_seconds (GString *out, GPtrArray *cameras)
{
  gint64 now_us = tyto_time_now ();

  tyto_http_exposition_family (out, "tyto_camera_gap_seconds_total", "counter",
                               "How long it should have been recorded and was not, by reason.");
  for (guint i = 0; i < cameras->len; i++) {
    Durations durations = { out, g_ptr_array_index (cameras, i) };

    tyto_ledger_foreach_duration (tyto_camera_get_ledger (durations.camera), now_us, write_duration,
                                  &durations);
  }
}

void
tyto_http_metrics_cameras_write (GString *out, GPtrArray *cameras)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    write_family (out, cameras, &families[i]);
  for (guint i = 0; i < G_N_ELEMENTS (measures); i++)
    write_measure (out, cameras, &measures[i]);
  write_states (out, cameras);
  write_gap_seconds (out, cameras);
}
