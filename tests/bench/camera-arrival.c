/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * camera-arrival.c: when frames of the simulator's cameras come out of camerasrc.
 *
 * camera-arrival ENGINE BATCH URL…: camerasrc ! tee ! fakesink for each URL, in one process, as a
 * worker has them; BATCH in ms, - for the default. Prints READY when each camera has had a frame,
 * then runs until the end of standard input and prints a line "CAMERA FRAME NS" for each frame that
 * has arrived at the tee; NS: CLOCK_MONOTONIC.
 */
#include <gst/gst.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim-stamp.h"

#define LOOKED_AT 1024 /* bytes of an access unit, in which its stamp stands */

typedef struct {
  guint camera;
  guint64 frame;
  gint64 ns;
} Arrival;

typedef struct {
  GMutex lock;
  GArray *arrivals; /* (element-type Arrival) */
  GHashTable *cameras;
  guint n_cameras;
} Watch;

/* A byte stream or one with lengths: the stamp is looked for by its UUID. */
static gboolean
find_stamp (const guint8 *data, gsize size, SimStamp *stamp)
{
  const guint8 *uuid = memmem (data, size, sim_stamp_uuid, SIM_STAMP_UUID_SIZE);
  const gsize head = 3; /* NAL header, payload type and size (H.264) */

  if (uuid == NULL || uuid - data < (gssize) head)
    return FALSE;
  return sim_stamp_parse (stamp, SIM_CODEC_H264, uuid - head,
                          MIN (SIM_STAMP_MAX_NAL, size - (gsize) (uuid - data) + head));
}

static void
note (Watch *self, GstBuffer *buffer, gint64 ns)
{
  guint8 head[LOOKED_AT];
  gsize size = gst_buffer_extract (buffer, 0, head, sizeof head);
  SimStamp stamp;

  if (find_stamp (head, size, &stamp)) {
    Arrival arrival = { stamp.camera, stamp.frame, ns };

    g_mutex_lock (&self->lock);
    g_array_append_val (self->arrivals, arrival);
    if (g_hash_table_add (self->cameras, GUINT_TO_POINTER (stamp.camera))
        && g_hash_table_size (self->cameras) == self->n_cameras)
      g_print ("READY\n");
    g_mutex_unlock (&self->lock);
  }
}

static GstPadProbeReturn
on_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  struct timespec now;
  gint64 ns;

  clock_gettime (CLOCK_MONOTONIC, &now);
  ns = (gint64) now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);

    for (guint i = 0; i < gst_buffer_list_length (list); i++)
      note (user_data, gst_buffer_list_get (list, i), ns);
  } else {
    note (user_data, GST_PAD_PROBE_INFO_BUFFER (info), ns);
  }
  return GST_PAD_PROBE_OK;
}

static GstElement *
start (Watch *self, const char *engine, const char *batch, const char *url)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text
      = g_strdup_printf ("camerasrc name=c audio=false location=%s engine=%s %s%s "
                         "c.video ! tee name=t ! fakesink sync=false",
                         url, engine, *batch == '-' ? "" : "batch=", *batch == '-' ? "" : batch);
  GstElement *pipeline = gst_parse_launch (text, &error);
  g_autoptr (GstElement) tee = NULL;
  g_autoptr (GstPad) pad = NULL;

  if (error != NULL)
    g_error ("%s", error->message);
  tee = gst_bin_get_by_name (GST_BIN (pipeline), "t");
  pad = gst_element_get_static_pad (tee, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_buffer,
                     self, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return pipeline;
}

static gboolean
on_input (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GPtrArray) pipelines = g_ptr_array_new_with_free_func (gst_object_unref);
  g_autoptr (GArray) arrivals = g_array_new (FALSE, FALSE, sizeof (Arrival));
  g_autoptr (GHashTable) cameras = g_hash_table_new (NULL, NULL);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (STDIN_FILENO);
  Watch watch = { .arrivals = arrivals, .cameras = cameras };

  gst_init (&argc, &argv);
  if (argc < 4) {
    g_printerr ("camera-arrival ENGINE BATCH URL…\n");
    return 64;
  }
  watch.n_cameras = argc - 3;
  for (int i = 3; i < argc; i++)
    g_ptr_array_add (pipelines, start (&watch, argv[1], argv[2], argv[i]));
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_input, loop);
  g_main_loop_run (loop);
  for (guint i = 0; i < pipelines->len; i++)
    gst_element_set_state (pipelines->pdata[i], GST_STATE_NULL);
  for (guint i = 0; i < arrivals->len; i++) {
    const Arrival *arrival = &g_array_index (arrivals, Arrival, i);

    g_print ("%u %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n", arrival->camera, arrival->frame,
             arrival->ns);
  }
  return 0;
}
