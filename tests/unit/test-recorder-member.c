/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps of one camera in its worker. */
#include "recorder/workers/tyto-worker-member.h"

#include <glib/gstdio.h>

typedef struct {
  TytoSettings *settings;
  TytoCamera *camera;
  TytoWorkerMember *member;
  char *directory;
} Fixture;

static GVariant *
make (const char *url)
{
  return g_variant_ref_sink (g_variant_new_parsed ("{'url': <%s>}", url));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *file = NULL;
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new ("front");
  g_autoptr (GError) error = NULL;

  f->directory = g_dir_make_tmp ("tyto-member-XXXXXX", &error);
  g_assert_no_error (error);
  file = g_build_filename (f->directory, "tyto.conf", NULL);
  f->settings = tyto_settings_new (file, f->directory, &error);
  g_assert_no_error (error);
  f->camera = tyto_camera_new (f->settings, config);
  f->member = tyto_worker_member_new (f->camera);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_autofree char *file = g_build_filename (f->directory, "tyto.conf", NULL);

  tyto_worker_member_free (f->member);
  g_assert_finalize_object (f->camera);
  g_object_unref (f->settings);
  g_unlink (file);
  g_rmdir (f->directory);
  g_free (f->directory);
}

static void
want (Fixture *f, const char *url)
{
  g_autoptr (GVariant) settings = url != NULL ? make (url) : NULL;

  tyto_worker_member_want (f->member, settings);
}

static void
applied (Fixture *f, const char *url)
{
  f->member->link = TYTO_MEMBER_PRESENT;
  g_clear_pointer (&f->member->applied, g_variant_unref);
  f->member->applied = make (url);
}

static void
test_adds_and_rests (Fixture *f, gconstpointer data)
{
  want (f, "rtsp://a/1");
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_ADD);
  f->member->link = TYTO_MEMBER_ADDING;
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_WAIT);
  applied (f, "rtsp://a/1");
  want (f, "rtsp://a/1"); /* the same again: no restart */
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_WAIT);
}

static void
test_change_removes_first (Fixture *f, gconstpointer data)
{
  want (f, "rtsp://a/1");
  applied (f, "rtsp://a/1");
  want (f, "rtsp://a/2");
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_REMOVE);
  f->member->link = TYTO_MEMBER_REMOVING;
  want (f, "rtsp://a/3"); /* changed again meanwhile */
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_WAIT);
  tyto_worker_member_lost (f->member);
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_ADD);
}

static void
test_change_while_adding (Fixture *f, gconstpointer data)
{
  want (f, "rtsp://a/1");
  f->member->link = TYTO_MEMBER_ADDING;
  want (f, "rtsp://a/2");
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_WAIT);
  applied (f, "rtsp://a/1");
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_REMOVE);
}

static void
test_stop_while_adding (Fixture *f, gconstpointer data)
{
  want (f, "rtsp://a/1");
  f->member->link = TYTO_MEMBER_ADDING;
  want (f, NULL);
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_WAIT);
  applied (f, "rtsp://a/1");
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_REMOVE);
  tyto_worker_member_lost (f->member);
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_FORGET);
}

static void
test_stop_and_start_again (Fixture *f, gconstpointer data)
{
  want (f, "rtsp://a/1");
  applied (f, "rtsp://a/1");
  want (f, NULL);
  f->member->link = TYTO_MEMBER_REMOVING;
  want (f, "rtsp://a/1");
  tyto_worker_member_lost (f->member);
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_ADD);
}

static void
test_refused_waits_for_a_change (Fixture *f, gconstpointer data)
{
  want (f, "rtsp://a/1");
  f->member->refused = make ("rtsp://a/1");
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_WAIT);
  want (f, "rtsp://a/2");
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_ADD);
}

static void
test_unknown_settings_are_replaced (Fixture *f, gconstpointer data)
{
  /* The worker had the camera already: with what, nobody knows. */
  want (f, "rtsp://a/1");
  f->member->link = TYTO_MEMBER_PRESENT;
  g_assert_cmpint (tyto_worker_member_next (f->member), ==, TYTO_MEMBER_REMOVE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/worker-member/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("adds-and-rests", test_adds_and_rests);
  ADD ("change-removes-first", test_change_removes_first);
  ADD ("change-while-adding", test_change_while_adding);
  ADD ("stop-while-adding", test_stop_while_adding);
  ADD ("stop-and-start-again", test_stop_and_start_again);
  ADD ("refused-waits-for-a-change", test_refused_waits_for_a_change);
  ADD ("unknown-settings-are-replaced", test_unknown_settings_are_replaced);
  return g_test_run ();
}
