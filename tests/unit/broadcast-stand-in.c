/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stands in for tyto-collector and tyto-worker --assemble, by what it is called as, and does what
 * the files in $TMPDIR say, which a test writes there; "calls" gets a line for each call.
 *
 * "collect": what happens then: "" (there are 3 segments), "crash" (once), "missing" (one is given
 * up), "idle" (nothing new for an hour), "over" (the playlist has ended).
 * "finish": what End brings: "" (Collected), "hold" (nothing).
 * "join": "" (an MP4), "crash", "storage", "not-found", "hold" (nothing, ever). "need": bytes. */
#include "base/tyto-error.h"
#include "base/tyto-worker-listener.h"
#include "tyto-worker-link.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MADE_US G_GINT64_CONSTANT (1700000000000000)

static char *
read_order (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("TMPDIR"), name, NULL);
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_strdup ("");
  return g_strchomp (text);
}

static gboolean
is_told (const char *name, const char *order)
{
  g_autofree char *text = read_order (name);

  return g_str_equal (text, order);
}

static void
note_call (const char *what, const char *of)
{
  g_autofree char *path = g_build_filename (g_getenv ("TMPDIR"), "calls", NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

  dprintf (fd, "%s %s\n", what, of);
  close (fd);
}

/* --- The collector --- */

static GVariant *
make_state (gboolean collected)
{
  GVariantDict dict;
  gboolean idle = is_told ("collect", "idle") || is_told ("collect", "over");

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "segments", "t", G_GUINT64_CONSTANT (3));
  g_variant_dict_insert (&dict, "missing", "t", (guint64) (is_told ("collect", "missing") ? 1 : 0));
  g_variant_dict_insert (&dict, "waiting", "t", (guint64) (collected ? 0 : 2));
  g_variant_dict_insert (&dict, "bytes", "t", G_GUINT64_CONSTANT (3000));
  g_variant_dict_insert (&dict, "media-ms", "t", G_GUINT64_CONSTANT (6000));
  g_variant_dict_insert (&dict, "newest", "x", MADE_US);
  g_variant_dict_insert (&dict, "ended", "b", is_told ("collect", "over"));
  g_variant_dict_insert (&dict, "idle-ms", "t", (guint64) (idle ? 3600000 : 0));
  g_variant_dict_insert (&dict, "failing", "s", "");
  return g_variant_dict_end (&dict);
}

static void
begin_crash (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("TMPDIR"), name, NULL);

  if (!is_told (name, "crash"))
    return;
  if (g_str_equal (name, "collect"))
    g_unlink (path);
  _exit (3);
}

static gboolean
on_configure (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, GVariant *settings)
{
  tyto_link_collector1_complete_configure (skeleton, invocation);
  return TRUE;
}

static gboolean
on_collect (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, const char *id,
            GVariant *broadcast)
{
  const char *directory = "";
  gint64 after = 0;
  g_autofree char *text = NULL;
  g_autofree char *file = NULL;

  begin_crash ("collect");
  g_variant_lookup (broadcast, "directory", "&s", &directory);
  g_variant_lookup (broadcast, "after", "x", &after);
  text = g_strdup_printf ("%s after %" G_GINT64_FORMAT, id, after);
  note_call ("collect", text);
  g_mkdir_with_parents (directory, 0700);
  file = g_build_filename (directory, "000000-0.ts", NULL);
  g_file_set_contents (file, "segment", -1, NULL);
  tyto_link_collector1_complete_collect (skeleton, invocation);
  tyto_link_collector1_emit_progress (skeleton, id, make_state (FALSE));
  return TRUE;
}

static gboolean
on_end (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, const char *id)
{
  note_call ("end", id);
  if (!is_told ("finish", "hold"))
    tyto_link_collector1_emit_collected (skeleton, id, make_state (TRUE));
  tyto_link_collector1_complete_end (skeleton, invocation);
  return TRUE;
}

static gboolean
on_drop (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, const char *id)
{
  tyto_link_collector1_complete_drop (skeleton, invocation);
  return TRUE;
}

static gboolean
on_discover (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, gboolean on)
{
  tyto_link_collector1_complete_discover (skeleton, invocation);
  return TRUE;
}

static GDBusInterfaceSkeleton *
make_collector (void)
{
  TytoLinkCollector1 *skeleton = tyto_link_collector1_skeleton_new ();

  g_signal_connect (skeleton, "handle-configure", G_CALLBACK (on_configure), NULL);
  g_signal_connect (skeleton, "handle-collect", G_CALLBACK (on_collect), NULL);
  g_signal_connect (skeleton, "handle-end", G_CALLBACK (on_end), NULL);
  g_signal_connect (skeleton, "handle-drop", G_CALLBACK (on_drop), NULL);
  g_signal_connect (skeleton, "handle-discover", G_CALLBACK (on_discover), NULL);
  return G_DBUS_INTERFACE_SKELETON (skeleton);
}

/* --- The assembler --- */

static gboolean
on_measure (TytoLinkAssembler1 *skeleton, GDBusMethodInvocation *invocation, const char *directory)
{
  g_autofree char *need = read_order ("need");

  tyto_link_assembler1_complete_measure (skeleton, invocation, g_ascii_strtoull (need, NULL, 10));
  return TRUE;
}

static GVariant *
make_joined (void)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "bytes", "t", G_GUINT64_CONSTANT (5));
  g_variant_dict_insert (&dict, "duration-ms", "t", G_GUINT64_CONSTANT (5960));
  g_variant_dict_insert (&dict, "frames", "t", G_GUINT64_CONSTANT (149));
  g_variant_dict_insert (&dict, "audio-frames", "t", G_GUINT64_CONSTANT (280));
  g_variant_dict_insert (&dict, "video-codec", "s", "h264");
  g_variant_dict_insert (&dict, "audio-codec", "s", "aac");
  g_variant_dict_insert (&dict, "width", "u", 320);
  g_variant_dict_insert (&dict, "height", "u", 180);
  g_variant_dict_insert_value (
      &dict, "gaps",
      g_variant_new_parsed ("[{'offset-ms': <@t 2000>, 'duration-ms': <@t 40>, 'segment': "
                            "<'live_1.ts'>, 'reason': <'damaged'>, 'detail': <'one frame'>}]"));
  return g_variant_dict_end (&dict);
}

static gboolean
on_join (TytoLinkAssembler1 *skeleton, GDBusMethodInvocation *invocation, const char *directory,
         const char *output)
{
  note_call ("join", output);
  begin_crash ("join");
  if (is_told ("join", "hold"))
    return TRUE;
  if (is_told ("join", "storage"))
    g_dbus_method_invocation_return_error (invocation, TYTO_ERROR, TYTO_ERROR_STORAGE,
                                           "The disk is full");
  else if (is_told ("join", "not-found"))
    g_dbus_method_invocation_return_error (invocation, TYTO_ERROR, TYTO_ERROR_NOT_FOUND,
                                           "There is not one usable frame");
  else if (!g_file_set_contents (output, "movie", -1, NULL))
    g_dbus_method_invocation_return_error (invocation, TYTO_ERROR, TYTO_ERROR_STORAGE,
                                           "It cannot be written");
  else
    tyto_link_assembler1_complete_join (skeleton, invocation, make_joined ());
  return TRUE;
}

static gboolean
on_digest (TytoLinkAssembler1 *skeleton, GDBusMethodInvocation *invocation, const char *path)
{
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "movie", -1);

  tyto_link_assembler1_complete_digest (skeleton, invocation, sha256);
  return TRUE;
}

static GDBusInterfaceSkeleton *
make_assembler (void)
{
  TytoLinkAssembler1 *skeleton = tyto_link_assembler1_skeleton_new ();

  g_signal_connect (skeleton, "handle-measure", G_CALLBACK (on_measure), NULL);
  g_signal_connect (skeleton, "handle-join", G_CALLBACK (on_join), NULL);
  g_signal_connect (skeleton, "handle-digest", G_CALLBACK (on_digest), NULL);
  return G_DBUS_INTERFACE_SKELETON (skeleton);
}

/* --- The link --- */

typedef struct {
  GDBusInterfaceSkeleton *skeleton;
  const char *path;
} Side;

static void
on_closed (void)
{
  _exit (0);
}

static void
on_connected (TytoWorkerListener *listener, GDBusConnection *connection, Side *side)
{
  g_dbus_interface_skeleton_export (side->skeleton, g_object_ref (connection), side->path, NULL);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), NULL);
  g_dbus_connection_start_message_processing (connection);
}

int
main (int argc, char **argv)
{
  g_autofree char *name = g_path_get_basename (argv[0]);
  gboolean collects = g_str_equal (name, "tyto-collector");
  Side side = { collects ? make_collector () : make_assembler (),
                collects ? "/org/tyto/Collector" : "/org/tyto/Assembler" };
  g_autoptr (GSocket) socket = g_socket_new_from_fd (3, NULL);
  g_autoptr (TytoWorkerListener) listener = tyto_worker_listener_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  (void) TYTO_ERROR;
  g_signal_connect (listener, "connected", G_CALLBACK (on_connected), &side);
  if (!tyto_worker_listener_start (listener, socket, NULL))
    return 1;
  g_main_loop_run (loop);
  return 0;
}
