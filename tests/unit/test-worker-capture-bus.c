/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What elements post comes to the main context, in order, and what nobody wants does not. */
#include "worker/tyto-capture-bus.h"

#define POSTED 100

typedef struct {
  GstElement *pipeline;
  GObject *owner;
  TytoCaptureBus *bus;
  GThread *thread; /* in which a message was told */
  guint told;
  gboolean frees;
} Fixture;

static void
on_message (GstMessage *message, gpointer owner)
{
  Fixture *fixture = g_object_get_data (owner, "fixture");
  guint number = G_MAXUINT;

  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_ELEMENT);
  g_assert_true (gst_structure_get_uint (gst_message_get_structure (message), "number", &number));
  g_assert_cmpuint (number, ==, fixture->told);
  fixture->told++;
  fixture->thread = g_thread_self ();
  if (fixture->frees) {
    g_clear_pointer (&fixture->bus, tyto_capture_bus_free);
    g_object_unref (fixture->owner); /* is held while it is told */
  }
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  fixture->owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_object_set_data (fixture->owner, "fixture", fixture);
  fixture->bus = tyto_capture_bus_new (fixture->pipeline, on_message, fixture->owner);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  if (fixture->bus != NULL) {
    tyto_capture_bus_free (fixture->bus);
    g_object_unref (fixture->owner);
  }
  gst_object_unref (fixture->pipeline);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
post (Fixture *fixture, guint number)
{
  GstStructure *structure = gst_structure_new ("test", "number", G_TYPE_UINT, number, NULL);
  GstObject *source = GST_OBJECT (fixture->pipeline);

  gst_element_post_message (fixture->pipeline, gst_message_new_element (source, structure));
  gst_element_post_message (fixture->pipeline, gst_message_new_latency (source));
}

static gpointer
post_all (gpointer data)
{
  for (guint i = 0; i < POSTED; i++)
    post (data, i);
  return NULL;
}

static void
test_order (Fixture *fixture, gconstpointer unused)
{
  GThread *thread = g_thread_new ("post", post_all, fixture);

  while (fixture->told < POSTED)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  g_assert_true (fixture->thread == g_thread_self ());
}

static void
test_flush (Fixture *fixture, gconstpointer unused)
{
  post_all (fixture);
  g_assert_cmpuint (fixture->told, ==, 0); /* never from within an element */
  tyto_capture_bus_flush (fixture->bus);
  g_assert_cmpuint (fixture->told, ==, POSTED);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->told, ==, POSTED);
  post (fixture, POSTED); /* goes on after that */
  while (fixture->told == POSTED)
    g_main_context_iteration (NULL, TRUE);
}

/* After it was freed, also by the function itself, nothing is told. */
static void
test_free (Fixture *fixture, gconstpointer unused)
{
  fixture->frees = TRUE;
  post_all (fixture);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->told, ==, 1);
  post (fixture, 1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->told, ==, 1);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/worker/capture-bus/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/worker/capture-bus/flush", Fixture, NULL, set_up, test_flush, tear_down);
  g_test_add ("/worker/capture-bus/free", Fixture, NULL, set_up, test_free, tear_down);
  return g_test_run ();
}
