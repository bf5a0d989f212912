/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camerasrc-camera.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define DEADLINE_S 20

struct _Camera {
  GSubprocess *process;
  gchar *directory;
  gchar *control;
  gchar *password;
  gchar *base;
};

static void
add_options (GPtrArray *argv, const gchar *const *options)
{
  for (; *options != NULL; options++)
    g_ptr_array_add (argv, g_strdup (*options));
}

/* A test that aborts leaves no camera behind. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

Camera *
camera_new (const gchar *first_option, ...)
{
  const gchar *const small[] = {
    g_getenv ("CAMSIM"), "--cameras", "1",     "--width", "320",           "--height", "192",
    "--bitrate",         "800",       "--gop", "1",       "--sub-bitrate", "200",      "--user",
    CAMERA_USER,         NULL
  };
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree gchar *line = NULL;
  Camera *self = g_new0 (Camera, 1);
  va_list args;

  g_assert_nonnull (small[0]);
  self->directory = g_dir_make_tmp ("camerasrc-XXXXXX", NULL);
  self->control = g_build_filename (self->directory, "control", NULL);
  self->password = g_build_filename (self->directory, "password", NULL);
  g_assert_true (g_file_set_contents (self->password, CAMERA_PASSWORD, -1, NULL));

  add_options (argv, small);
  add_options (argv, (const gchar *const[]){ "--control", self->control, "--password-file",
                                             self->password, NULL });
  va_start (args, first_option);
  for (const gchar *option = first_option; option != NULL; option = va_arg (args, const gchar *))
    g_ptr_array_add (argv, g_strdup (option));
  va_end (args);
  g_ptr_array_add (argv, NULL);

  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  self->process
      = g_subprocess_launcher_spawnv (launcher, (const gchar *const *) argv->pdata, &error);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (line, "READY "));
  self->base = g_strdup (g_strstrip (line + strlen ("READY ")));
  return self;
}

void
camera_free (Camera *self)
{
  g_subprocess_send_signal (self->process, SIGTERM);
  g_subprocess_wait (self->process, NULL, NULL);
  g_object_unref (self->process);
  g_unlink (self->control);
  g_unlink (self->password);
  g_rmdir (self->directory);
  g_free (self->directory);
  g_free (self->control);
  g_free (self->password);
  g_free (self->base);
  g_free (self);
}

gchar *
camera_address (Camera *self, const gchar *path)
{
  return g_strconcat (self->base, path, NULL);
}

gchar *
camera_command (Camera *self, const gchar *command)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->control);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GDataInputStream) input = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *line = g_strconcat (command, "\n", NULL);
  gchar *answer;

  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), line,
                             strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
  input = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  answer = g_data_input_stream_read_line (input, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (answer, "\"ok\":true"));
  return answer;
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

gint64
camera_stamp_of (GstBuffer *buffer)
{
  static const gchar mark[] = " frame=";
  GstMapInfo map;
  const guint8 *at;
  gint64 number = -1;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  at = memmem (map.data, map.size, mark, strlen (mark));
  if (at != NULL) {
    g_autofree gchar *text = g_strndup ((const gchar *) at + strlen (mark), 20);

    number = g_ascii_strtoll (text, NULL, 10);
  }
  gst_buffer_unmap (buffer, &map);
  return number;
}

static void
note_stamp (Run *run, GstBuffer *buffer)
{
  gint64 stamp = camera_stamp_of (buffer);

  if (run->last_stamp >= 0 && stamp != run->last_stamp + 1)
    run->stamp_missing = TRUE;
  run->last_stamp = stamp;
}

static void
note_video (Run *run, GstBuffer *buffer)
{
  if (run->video == 0) {
    run->first_is_key = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    run->first_pts = GST_BUFFER_PTS (buffer);
  } else if (GST_BUFFER_DTS (buffer) <= run->last_dts) {
    run->dts_fell = TRUE;
  }
  if (GST_BUFFER_DTS (buffer) > GST_BUFFER_PTS (buffer))
    run->dts_after_pts = TRUE;
  run->last_dts = GST_BUFFER_DTS (buffer);
  note_stamp (run, buffer);
  if ((guint) g_atomic_int_add ((gint *) &run->video, 1) + 1 == run->stop_at)
    g_idle_add (quit, run->loop);
}

static gboolean
note_audio (GstBuffer **buffer, guint index, gpointer data)
{
  Run *run = data;

  if (g_atomic_int_add ((gint *) &run->audio, 1) == 0)
    run->first_audio_pts = GST_BUFFER_PTS (*buffer);
  return TRUE;
}

static gboolean
note_picture (GstBuffer **buffer, guint index, gpointer data)
{
  note_video (data, *buffer);
  return TRUE;
}

static GstPadProbeReturn
on_data (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Run *run = data;
  GstBufferListFunc note = g_str_equal (GST_PAD_NAME (pad), "video") ? note_picture : note_audio;

  if (!run->no_more_pads)
    run->data_before_pads = TRUE;
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)
    gst_buffer_list_foreach (GST_PAD_PROBE_INFO_BUFFER_LIST (info), note, run);
  else
    note ((GstBuffer **) &info->data, 0, run);
  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement *source, GstPad *pad, Run *run)
{
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) target = gst_element_get_static_pad (sink, "sink");

  g_object_set (sink, "sync", FALSE, "async", FALSE, NULL);
  gst_bin_add (GST_BIN (run->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_data, run,
                     NULL);
  g_assert_cmpint (gst_pad_link (pad, target), ==, GST_PAD_LINK_OK);
}

static void
on_no_more_pads (GstElement *source, Run *run)
{
  run->no_more_pads = TRUE;
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer data)
{
  Run *run = data;
  const GstStructure *s = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    if (run->n_errors++ == 0)
      gst_message_parse_error (message, &run->error, NULL);
    g_main_loop_quit (run->loop);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS) {
    run->eos = TRUE;
    g_main_loop_quit (run->loop);
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT
             && GST_MESSAGE_SRC (message) == GST_OBJECT (run->source)) {
    g_ptr_array_add (run->messages, gst_structure_copy (s));
    if (g_strcmp0 (run->event, gst_structure_get_name (s)) == 0)
      g_main_loop_quit (run->loop);
  }
  return G_SOURCE_CONTINUE;
}

const gchar *
camera_test_engine (void)
{
  const gchar *engine = g_getenv ("TYTO_TEST_INGEST");

  return engine != NULL ? engine : "rtspsrc";
}

/* What the engine lean does not take is left to the other, as with the setting auto. */
static void
leave_udp_to_rtspsrc (Run *self)
{
  gint transport;

  g_object_get (self->source, "transport", &transport, NULL);
  if (transport != 0 && g_str_equal (camera_test_engine (), "lean"))
    gst_util_set_object_arg (G_OBJECT (self->source), "engine", "auto");
}

Run *
run_new (const gchar *location, ...)
{
  Run *self = g_new0 (Run, 1);
  g_autoptr (GstBus) bus = NULL;
  va_list args;

  self->last_stamp = -1;
  self->loop = g_main_loop_new (NULL, FALSE);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_structure_free);
  self->pipeline = gst_pipeline_new (NULL);
  self->source = gst_element_factory_make ("camerasrc", NULL);
  g_assert_nonnull (self->source);
  g_object_set (self->source, "location", location, NULL);
  gst_util_set_object_arg (G_OBJECT (self->source), "engine", camera_test_engine ());
  va_start (args, location);
  for (const gchar *name = va_arg (args, const gchar *); name != NULL;
       name = va_arg (args, const gchar *))
    gst_util_set_object_arg (G_OBJECT (self->source), name, va_arg (args, const gchar *));
  va_end (args);
  leave_udp_to_rtspsrc (self);
  gst_bin_add (GST_BIN (self->pipeline), self->source);
  g_signal_connect (self->source, "pad-added", G_CALLBACK (on_pad_added), self);
  g_signal_connect (self->source, "no-more-pads", G_CALLBACK (on_no_more_pads), self);

  bus = gst_element_get_bus (self->pipeline);
  gst_bus_add_watch (bus, on_message, self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  return self;
}

void
run_free (Run *self)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);
  gint64 start = g_get_monotonic_time ();

  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_assert_cmpint (g_get_monotonic_time () - start, <, G_USEC_PER_SEC);
  gst_bus_remove_watch (bus);
  gst_object_unref (self->pipeline);
  g_ptr_array_unref (self->messages);
  g_main_loop_unref (self->loop);
  g_clear_error (&self->error);
  g_free (self);
}

static gboolean
on_deadline (gpointer data)
{
  g_error ("What the test waits for did not come within %u s", DEADLINE_S);
  return G_SOURCE_REMOVE;
}

static void
iterate (Run *self)
{
  guint deadline = g_timeout_add_seconds (DEADLINE_S, on_deadline, NULL);

  g_main_loop_run (self->loop);
  g_source_remove (deadline);
}

void
run_until_frames (Run *self, guint frames)
{
  self->stop_at = frames;
  while ((guint) g_atomic_int_get ((gint *) &self->video) < frames) {
    g_assert_no_error (self->error);
    g_assert_false (self->eos);
    iterate (self);
  }
}

void
run_until_message (Run *self, const gchar *name)
{
  self->event = name;
  while (run_message (self, name) == NULL)
    iterate (self);
}

void
run_until_error (Run *self)
{
  while (self->error == NULL) {
    g_assert_false (self->eos);
    iterate (self);
  }
}

void
run_until_eos (Run *self)
{
  while (!self->eos)
    iterate (self);
}

void
run_end (Run *self)
{
  gst_element_send_event (self->source, gst_event_new_eos ());
  run_until_eos (self);
}

const GstStructure *
run_message (Run *self, const gchar *name)
{
  for (guint i = 0; i < self->messages->len; i++)
    if (gst_structure_has_name (g_ptr_array_index (self->messages, i), name))
      return g_ptr_array_index (self->messages, i);
  return NULL;
}

guint64
run_stat (Run *self, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = G_MAXUINT64;

  g_object_get (self->source, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  return value;
}

int
camera_test_run (void)
{
  int status = g_test_run ();
  GList *tracers = gst_tracing_get_active_tracers ();

  for (GList *at = tracers; at != NULL; at = at->next) {
    g_autoptr (GstStructure) alive = NULL;

    if (!g_str_equal (G_OBJECT_TYPE_NAME (at->data), "GstLeaksTracer"))
      continue;
    g_signal_emit_by_name (at->data, "get-live-objects", &alive);
    if (gst_value_list_get_size (gst_structure_get_value (alive, "live-objects-list")) > 0) {
      g_autofree gchar *text = gst_structure_to_string (alive);

      g_printerr ("Left over: %s\n", text);
      status = 1;
    }
  }
  g_list_free_full (tracers, gst_object_unref);
  return status;
}
