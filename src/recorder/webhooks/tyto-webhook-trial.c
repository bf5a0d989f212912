/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A webhook tried on demand: one message past the queue, and what came of it. */
#include "recorder/webhooks/tyto-webhook-private.h"

#include "base/tyto-error.h"

static GVariant *
test_result (guint status, const char *error, gint64 start_us)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "delivered", "b", *error == '\0');
  g_variant_dict_insert (&dict, "status", "t", (guint64) status);
  g_variant_dict_insert (&dict, "error", "s", error);
  g_variant_dict_insert (&dict, "duration", "d",
                         (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
return_test (GTask *task, guint status, const char *error)
{
  TytoWebhook *self = g_task_get_source_object (task);
  const gint64 *start_us = g_task_get_task_data (task);

  if (status != 0)
    self->last_status = status;
  if (error == NULL)
    tyto_webhook_note_success (self);
  else
    tyto_webhook_note_error (self, error);
  g_task_return_pointer (task, test_result (status, error != NULL ? error : "", *start_us),
                         (GDestroyNotify) g_variant_unref);
  tyto_webhook_kick (self);
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoWebhookAnswer answer = { 0, -1 };
  g_autoptr (GError) error = NULL;
  g_autofree char *why = NULL;

  if (tyto_webhook_sender_send_finish (TYTO_WEBHOOK_SENDER (source), result, &answer, &error)) {
    why = tyto_webhook_answer_error (&answer);
  } else if (g_task_return_error_if_cancelled (task)) {
    return;
  } else {
    why = tyto_error_why (error);
  }
  return_test (task, answer.status, why);
}

void
tyto_webhook_test_async (TytoWebhook *self, const char *body, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *id = g_strconcat ("msg_", uuid, NULL);
  gint64 *start_us = g_new (gint64, 1);
  g_autoptr (GError) error = NULL;

  *start_us = g_get_monotonic_time ();
  g_task_set_task_data (task, start_us, g_free);
  if (self->sender == NULL) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE, "%s",
                             "Nothing can be sent yet\nTry again in some seconds.");
    g_object_unref (task);
  } else if (!tyto_webhook_send_message (self, id, body, cancellable, on_tested, task, &error)) {
    g_autofree char *why = tyto_error_why (error);

    return_test (task, 0, why);
    g_object_unref (task);
  }
}

GVariant *
tyto_webhook_test_finish (TytoWebhook *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
