/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Webhooks at work, with a sender that answers as it is told: what takes days otherwise. */
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "recorder/webhooks/tyto-webhook-schedule.h"
#include "recorder/webhooks/tyto-webhooks.h"
#include "store/tyto-catalogue-deliveries.h"
#include "store/tyto-catalogue-sqlite.h"

#include <glib/gstdio.h>

/* --- The sender --- */

#define TEST_TYPE_SENDER (test_sender_get_type ())
G_DECLARE_FINAL_TYPE (TestSender, test_sender, TEST, SENDER, GObject)

struct _TestSender {
  GObject parent_instance;

  guint status;    /* to answer; 0: no answer comes but an error; G_MAXUINT: not before released */
  GTask *held;     /* nullable */
  GPtrArray *sent; /* (element-type utf8): ids */
};

static void
test_sender_send_async (TytoWebhookSender *sender, const TytoWebhookMessage *message,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  TestSender *self = TEST_SENDER (sender);
  g_autoptr (GTask) task = g_task_new (sender, cancellable, callback, user_data);

  g_ptr_array_add (self->sent, g_strdup (message->id));
  g_assert_null (self->held); /* one at a time */
  if (self->status == G_MAXUINT)
    self->held = g_steal_pointer (&task);
  else if (self->status == 0)
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE, "nobody is there");
  else
    g_task_return_int (task, self->status);
}

static gboolean
test_sender_send_finish (TytoWebhookSender *sender, GAsyncResult *result, TytoWebhookAnswer *answer,
                         GError **error)
{
  gssize status = g_task_propagate_int (G_TASK (result), error);

  answer->status = status > 0 ? (guint) status : 0;
  return status > 0;
}

static void
test_sender_interface_init (TytoWebhookSenderInterface *iface)
{
  iface->send_async = test_sender_send_async;
  iface->send_finish = test_sender_send_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestSender, test_sender, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TYTO_TYPE_WEBHOOK_SENDER,
                                                      test_sender_interface_init))

static void
test_sender_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_SENDER (object)->sent);
  G_OBJECT_CLASS (test_sender_parent_class)->finalize (object);
}

static void
test_sender_class_init (TestSenderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_sender_finalize;
}

static void
test_sender_init (TestSender *self)
{
  self->sent = g_ptr_array_new_with_free_func (g_free);
}

/* --- The fixture --- */

typedef struct {
  char *directory;
  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoAlerts *alerts;
  TestSender *sender;
  TytoWebhooks *webhooks;
} Fixture;

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
give_up (gpointer data)
{
  g_error ("waited 20 s in vain");
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until @condition holds. */
#define WAIT_UNTIL(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint deadline_id = g_timeout_add_seconds (20, give_up, NULL);                                 \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (deadline_id);                                                                 \
  }                                                                                                \
  G_STMT_END

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const char config[] = "[webhooks/hook]\nurl='http://192.0.2.1/'\nevents=['gap.opened']\n"
                               "secret='whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'\n";
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *database = NULL;
  g_autofree char *file = NULL;

  fixture->directory = g_dir_make_tmp ("tyto-webhooks-XXXXXX", NULL);
  database = g_build_filename (fixture->directory, "catalogue.db", NULL);
  file = g_build_filename (fixture->directory, "tyto.conf", NULL);
  g_assert_true (g_file_set_contents_full (file, config, -1, 0, 0600, NULL));
  fixture->settings = tyto_settings_new (file, fixture->directory, NULL);
  fixture->catalogue = tyto_catalogue_sqlite_new (database);
  tyto_catalogue_open_async (fixture->catalogue, NULL, keep_result, &result);
  WAIT_UNTIL (result != NULL);
  fixture->alerts = tyto_alerts_new ();
  fixture->sender = g_object_new (TEST_TYPE_SENDER, NULL);
  fixture->webhooks = tyto_webhooks_new (fixture->settings, fixture->catalogue, fixture->alerts);
  tyto_webhooks_set_sender (fixture->webhooks, TYTO_WEBHOOK_SENDER (fixture->sender));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name;

  tyto_webhooks_stop (fixture->webhooks);
  tyto_catalogue_close (fixture->catalogue);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->webhooks);
  g_assert_finalize_object (fixture->sender);
  g_clear_object (&fixture->alerts);
  g_clear_object (&fixture->catalogue);
  g_clear_object (&fixture->settings);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (fixture->directory, name, NULL);

    g_unlink (path);
  }
  g_rmdir (fixture->directory);
  g_free (fixture->directory);
}

static guint64
get (Fixture *fixture, const char *member)
{
  g_autoptr (GVariant) webhook
      = g_variant_ref_sink (tyto_webhooks_get (fixture->webhooks, "hook", NULL));

  return tyto_dict_uint (webhook, member, 4711);
}

static void
tell (Fixture *fixture)
{
  tyto_webhooks_tell (fixture->webhooks, "gap.opened", g_variant_new ("a{sv}", NULL));
}

/* Enters a delivery that was made @age_us ago and tried @tries times. */
static void
enter (Fixture *fixture, const char *id, gint64 age_us, guint tries)
{
  g_autoptr (TytoDelivery) delivery
      = tyto_delivery_new (id, "hook", "{}", tyto_time_now () - age_us);
  g_autoptr (GAsyncResult) result = NULL;

  delivery->tries = tries;
  tyto_catalogue_push_delivery_async (fixture->catalogue, delivery, NULL, keep_result, &result);
  WAIT_UNTIL (result != NULL);
  g_assert_true (tyto_catalogue_enter_finish (fixture->catalogue, result, NULL));
}

/* --- Cases --- */

static void
test_one_at_a_time_in_order (Fixture *fixture, gconstpointer data)
{
  fixture->sender->status = G_MAXUINT;
  tyto_webhooks_start (fixture->webhooks);
  for (guint i = 0; i < 3; i++)
    tell (fixture);
  tyto_webhooks_tell (fixture->webhooks, "gap.closed", g_variant_new ("a{sv}", NULL));
  WAIT_UNTIL (fixture->sender->held != NULL && get (fixture, "pending") == 3);
  fixture->sender->status = 204;
  {
    g_autoptr (GTask) held = g_steal_pointer (&fixture->sender->held);

    g_assert_cmpuint (fixture->sender->sent->len, ==, 1);
    g_task_return_int (held, 204);
  }
  WAIT_UNTIL (get (fixture, "delivered") == 3);
  g_assert_cmpuint (fixture->sender->sent->len, ==, 3);
  g_assert_cmpuint (get (fixture, "pending"), ==, 0);
}

static void
test_given_up_is_an_alert (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) outcome = NULL;

  enter (fixture, "tried-often", G_TIME_SPAN_HOUR, TYTO_WEBHOOK_TRIES - 1);
  tyto_webhooks_start (fixture->webhooks);
  WAIT_UNTIL (get (fixture, "given_up") == 1);
  g_assert_true (tyto_alerts_stands (fixture->alerts, "webhook", ""));
  g_assert_cmpuint (get (fixture, "failed"), ==, 1);
  /* Until something is taken again. */
  fixture->sender->status = 200;
  tyto_webhooks_test_async (fixture->webhooks, "hook", NULL, keep_result, &result);
  WAIT_UNTIL (result != NULL);
  outcome = tyto_webhooks_test_finish (fixture->webhooks, result, NULL);
  g_assert_true (tyto_dict_boolean (outcome, "delivered", FALSE));
  g_assert_false (tyto_alerts_stands (fixture->alerts, "webhook", ""));
}

static void
test_too_old_is_tried_once_more (Fixture *fixture, gconstpointer data)
{
  enter (fixture, "old", TYTO_WEBHOOK_MAX_AGE_US, 2);
  tyto_webhooks_start (fixture->webhooks);
  WAIT_UNTIL (get (fixture, "given_up") == 1);
  g_assert_cmpuint (fixture->sender->sent->len, ==, 1);
}

static void
test_a_failing_webhook_is_left_alone (Fixture *fixture, gconstpointer data)
{
  fixture->sender->status = 500;
  tyto_webhooks_start (fixture->webhooks);
  for (guint i = 0; i < 5; i++)
    tell (fixture);
  WAIT_UNTIL (get (fixture, "failed") == 1);
  /* The catalogue answers in order: what the webhook asked of it has been answered by then. */
  for (guint i = 0; i < 5; i++) {
    g_autofree char *id = g_strdup_printf ("probe-%u", i);

    enter (fixture, id, 0, 0);
  }
  /* Not all five at once: the next try comes in some seconds. */
  g_assert_cmpuint (fixture->sender->sent->len, ==, 1);
  g_assert_false (tyto_alerts_stands (fixture->alerts, "webhook", ""));
}

static void
test_without_a_catalogue (Fixture *fixture, gconstpointer data)
{
  tyto_catalogue_close (fixture->catalogue);
  fixture->sender->status = 204;
  tyto_webhooks_start (fixture->webhooks);
  tell (fixture);
  WAIT_UNTIL (get (fixture, "delivered") == 1);
}

static void
test_stopped_on_the_way (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTask) held = NULL;

  fixture->sender->status = G_MAXUINT;
  tyto_webhooks_start (fixture->webhooks);
  tell (fixture);
  WAIT_UNTIL (fixture->sender->held != NULL);
  tyto_webhooks_stop (fixture->webhooks);
  held = g_steal_pointer (&fixture->sender->held);
  g_task_return_new_error (held, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
  while (g_main_context_iteration (NULL, FALSE))
    ;
  /* It waits for the next start, untried. */
  g_assert_cmpuint (get (fixture, "pending"), ==, 1);
  g_assert_cmpuint (get (fixture, "failed"), ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/webhooks/one-at-a-time-in-order", test_one_at_a_time_in_order },
    { "/webhooks/given-up-is-an-alert", test_given_up_is_an_alert },
    { "/webhooks/too-old-is-tried-once-more", test_too_old_is_tried_once_more },
    { "/webhooks/a-failing-webhook-is-left-alone", test_a_failing_webhook_is_left_alone },
    { "/webhooks/without-a-catalogue", test_without_a_catalogue },
    { "/webhooks/stopped-on-the-way", test_stopped_on_the_way },
  };

  g_test_init (&argc, &argv, NULL);
  /* Alerts are warnings, and what is tested. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
