/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A simulated camera: a camsim process (its path in the environment variable CAMSIM). */
typedef struct _Camera Camera;

/* @options: NULL-terminated, added to a small, quick camera's; the cameras' password is
 * CAMERA_PASSWORD */
#define CAMERA_USER     "viewer"
#define CAMERA_PASSWORD "s3cr3t-Pa55"

Camera *camera_new (const gchar *first_option, ...) G_GNUC_NULL_TERMINATED;
void camera_free (Camera *camera);
gchar *camera_address (Camera *camera, const gchar *path);
/* Sends @command to the camera and waits for its answer (JSON). */
gchar *camera_command (Camera *camera, const gchar *command);
/* The frame number that the camera put into @buffer (an SEI text, see camsim), or -1. */
gint64 camera_stamp_of (GstBuffer *buffer);

/* What came of running camerasrc into fakesinks. */
typedef struct {
  GstElement *pipeline;
  GstElement *source;
  GMainLoop *loop;
  GPtrArray *messages; /* (element-type GstStructure): element messages of the source */
  GError *error;       /* nullable: the first */
  guint n_errors;
  gboolean eos;
  gboolean no_more_pads;
  gboolean data_before_pads;
  gboolean dts_fell;
  gboolean dts_after_pts;
  guint video, audio;     /* frames; atomic */
  gboolean stamp_missing; /* a frame was lost, doubled or out of order, by the camera's stamps */
  gint64 last_stamp;      /* frame number in the last frame that had one, or -1 */
  gboolean first_is_key;
  GstClockTime first_pts, first_audio_pts;
  GstClockTime last_dts;
  guint stop_at;      /* video frames that end the run; 0 for none */
  const gchar *event; /* name of a message that ends the run, nullable */
} Run;

/* The engine of camerasrc that the test is of: TYTO_TEST_INGEST, or "rtspsrc". */
const gchar *camera_test_engine (void);
/* @properties: of camerasrc, name and value by turns. Of camera_test_engine(). */
Run *run_new (const gchar *location, ...) G_GNUC_NULL_TERMINATED;
void run_free (Run *run);
/* Each fails the test when what is waited for does not come within 20 s. */
void run_until_frames (Run *run, guint frames);
void run_until_message (Run *run, const gchar *name);
void run_until_error (Run *run);
void run_until_eos (Run *run);
/* Sends EOS to the source, as an application does, and waits for the pipeline's. */
void run_end (Run *run);
const GstStructure *run_message (Run *run, const gchar *name);
guint64 run_stat (Run *run, const gchar *name);

/* g_test_run(), and that no GStreamer object is left over when the environment has
 * GST_TRACERS=leaks. */
int camera_test_run (void);

G_END_DECLS
