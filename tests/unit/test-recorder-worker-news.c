/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a worker tells, over a link as it is: who gets it, when it is acknowledged, what is refused.
 */
#include "recorder/workers/tyto-worker-news.h"
#include "store/tyto-catalogue-sqlite.h"

#include <glib/gstdio.h>
#include <sys/socket.h>

typedef struct {
  char *directory;
  TytoCatalogue *catalogue;
  TytoEntryQueue *entries;
  GDBusConnection *worker_end;
  GDBusConnection *tytod_end;
  TytoLinkWorker1 *skeleton;
  TytoLinkWorker1 *proxy;
  TytoWorkerNews *news;
  guint64 acknowledged;
  guint n_acknowledges;
  guint looked_up;
} Fixture;

static TytoCamera *
look_up (gpointer owner, const char *camera)
{
  Fixture *f = owner;

  f->looked_up++;
  return NULL; /* we have none */
}

static gboolean
on_acknowledge (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation, guint64 serial,
                Fixture *f)
{
  g_assert_cmpuint (serial, >, f->acknowledged);
  f->acknowledged = serial;
  f->n_acknowledges++;
  tyto_link_worker1_complete_acknowledge (skeleton, invocation);
  return TRUE;
}

static void
on_end (GObject *source, GAsyncResult *result, gpointer data)
{
  GDBusConnection **end = data;
  g_autoptr (GError) error = NULL;

  *end = g_dbus_connection_new_finish (result, &error);
  g_assert_no_error (error);
}

static void
begin_end (int fd, GDBusConnectionFlags flags, GDBusConnection **end)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autofree char *guid
      = flags == G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER ? g_dbus_generate_guid () : NULL;

  g_assert_no_error (error);
  g_dbus_connection_new (G_IO_STREAM (stream), guid, flags, NULL, NULL, on_end, end);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tyto_catalogue_open_finish (TYTO_CATALOGUE (source), result, &error));
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

static void
open_catalogue (Fixture *f)
{
  gboolean opened = FALSE;

  tyto_catalogue_open_async (f->catalogue, NULL, on_opened, &opened);
  while (!opened)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;
  int fds[2];

  f->directory = g_dir_make_tmp ("tyto-news-XXXXXX", &error);
  file = g_build_filename (f->directory, "catalogue.db", NULL);
  f->catalogue = tyto_catalogue_sqlite_new (file);
  f->entries = tyto_entry_queue_new (f->catalogue);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  begin_end (fds[0], G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, &f->worker_end);
  begin_end (fds[1], G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, &f->tytod_end);
  while (f->worker_end == NULL || f->tytod_end == NULL)
    g_main_context_iteration (NULL, TRUE);

  f->skeleton = tyto_link_worker1_skeleton_new ();
  g_signal_connect (f->skeleton, "handle-acknowledge", G_CALLBACK (on_acknowledge), f);
  g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (f->skeleton), f->worker_end, "/w",
                                    &error);
  g_assert_no_error (error);
  f->proxy = tyto_link_worker1_proxy_new_sync (
      f->tytod_end, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL, "/w", NULL, &error);
  g_assert_no_error (error);
  f->news = tyto_worker_news_new (f->proxy, f->entries, look_up, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) directory = NULL;
  const char *name;

  tyto_worker_news_stop (f->news);
  g_object_unref (f->news);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (f->skeleton));
  g_object_unref (f->skeleton);
  g_object_unref (f->proxy);
  g_dbus_connection_close_sync (f->tytod_end, NULL, NULL);
  g_object_unref (f->tytod_end);
  g_object_unref (f->worker_end);
  g_object_unref (f->entries);
  tyto_catalogue_close (f->catalogue);
  g_object_unref (f->catalogue);
  directory = g_dir_open (f->directory, 0, NULL);
  while ((name = g_dir_read_name (directory)) != NULL) {
    g_autofree char *path = g_build_filename (f->directory, name, NULL);
    g_unlink (path);
  }
  g_rmdir (f->directory);
  g_free (f->directory);
}

static void
allow (Fixture *f)
{
  g_autoptr (GVariant) settings
      = g_variant_ref_sink (g_variant_new_parsed ("{'root': <'/spool/recordings'>}"));

  tyto_worker_news_allow (f->news, settings);
}

/* SegmentClosed's. (transfer floating) */
static GVariant *
make_segment (guint64 serial, const char *path)
{
  const char *text = "{'serial': <%t>, 'camera': <'front'>, 'run': <'20261121T060000.000000Z'>, "
                     "'sequence': <%t>, 'path': <%s>, 'format': <'mp4'>, 'wall-start': <%x>, "
                     "'duration': <uint64 2000000000>, 'frames': <uint64 50>, "
                     "'bytes': <uint64 1000>}";

  return g_variant_new_parsed (text, serial, serial, path, (gint64) serial * 2 * G_USEC_PER_SEC);
}

static void
tell_segment (Fixture *f, guint64 serial, const char *path)
{
  tyto_link_worker1_emit_segment_closed (f->skeleton, "front", make_segment (serial, path));
}

static void
wait_acknowledged (Fixture *f, guint64 serial)
{
  while (f->acknowledged < serial)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (f->acknowledged, ==, serial);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *cursor = NULL;

  *(GPtrArray **) data
      = tyto_catalogue_list_segments_finish (TYTO_CATALOGUE (source), result, &cursor, &error);
  g_assert_no_error (error);
}

static guint
count_segments (Fixture *f)
{
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  GPtrArray *segments = NULL;
  guint n;

  query.limit = 100;
  tyto_catalogue_list_segments_async (f->catalogue, &query, NULL, on_listed, &segments);
  while (segments == NULL)
    g_main_context_iteration (NULL, TRUE);
  n = segments->len;
  g_ptr_array_unref (segments);
  return n;
}

static void
test_holds_back_and_acknowledges (Fixture *f, gconstpointer data)
{
  open_catalogue (f);
  allow (f);
  tell_segment (f, 1, "/spool/recordings/front/1.mp4");
  tell_segment (f, 2, "/spool/recordings/front/2.mp4");
  g_assert_cmpuint (count_segments (f), ==, 0);
  g_assert_cmpuint (f->looked_up, ==, 0);
  g_assert_cmpuint (f->acknowledged, ==, 0);
  tyto_worker_news_release (f->news);
  wait_acknowledged (f, 2);
  g_assert_cmpuint (f->looked_up, ==, 2);
  g_assert_cmpuint (count_segments (f), ==, 2);         /* though nobody has the camera */
  tell_segment (f, 2, "/spool/recordings/front/2.mp4"); /* told again: nothing comes of it */
  tell_segment (f, 3, "/spool/recordings/front/3.mp4");
  wait_acknowledged (f, 3);
  g_assert_cmpuint (count_segments (f), ==, 3);
}

static void
test_together (Fixture *f, gconstpointer data)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssa{sv})"));

  open_catalogue (f);
  allow (f);
  tyto_worker_news_release (f->news);
  for (guint64 serial = 1; serial <= 3; serial++) {
    g_autofree char *path
        = g_strdup_printf ("/spool/recordings/front/%" G_GUINT64_FORMAT ".mp4", serial);

    g_variant_builder_add (&builder, "(ss@a{sv})", "SegmentClosed", "front",
                           make_segment (serial, path));
  }
  tyto_link_worker1_emit_news (f->skeleton, g_variant_builder_end (&builder));
  wait_acknowledged (f, 3);
  g_assert_cmpuint (f->n_acknowledges, ==, 1);
  g_assert_cmpuint (f->looked_up, ==, 3);
  g_assert_cmpuint (count_segments (f), ==, 3);
}

static void
test_refuses_files_elsewhere (Fixture *f, gconstpointer data)
{
  static const char *const elsewhere[]
      = { "/etc/passwd", "/spool/recordings/../secret.mp4", "/spool/recordings2/1.mp4" };

  open_catalogue (f);
  allow (f);
  tyto_worker_news_release (f->news);
  for (guint i = 0; i < G_N_ELEMENTS (elsewhere); i++) {
    tell_segment (f, i + 1, elsewhere[i]);
    wait_acknowledged (f, i + 1); /* it need not be told again */
  }
  g_assert_cmpuint (count_segments (f), ==, 0);
}

static void
on_failing (TytoEntryQueue *entries, const char *why, gboolean *failing)
{
  *failing = TRUE;
}

static void
test_waits_for_the_catalogue (Fixture *f, gconstpointer data)
{
  gboolean failing = FALSE;

  g_signal_connect (f->entries, "failing", G_CALLBACK (on_failing), &failing);
  allow (f);
  tyto_worker_news_release (f->news);
  tell_segment (f, 1, "/spool/recordings/front/1.mp4");
  while (!failing)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (f->acknowledged, ==, 0);
  open_catalogue (f);
  g_assert_cmpuint (f->acknowledged, ==, 0);
  wait_acknowledged (f, 1);
  g_assert_cmpuint (count_segments (f), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* warnings are due */
#define ADD(name, func) g_test_add ("/worker-news/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("holds-back-and-acknowledges", test_holds_back_and_acknowledges);
  ADD ("together", test_together);
  ADD ("refuses-files-elsewhere", test_refuses_files_elsewhere);
  ADD ("waits-for-the-catalogue", test_waits_for_the_catalogue);
  return g_test_run ();
}
