/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What services answer, taken apart; and what is remembered of them. */
#include "base/tyto-error.h"
#include "recorder/services/tyto-service-state.h"
#include "recorder/services/tyto-stream-requests.h"

#include <glib/gstdio.h>
#include <string.h>

static TytoServiceAnswer *
make_answer (guint status, const char *body)
{
  TytoServiceAnswer *answer = g_new0 (TytoServiceAnswer, 1);

  answer->status = status;
  answer->body = g_variant_parse (G_VARIANT_TYPE_VARDICT, body, NULL, NULL, NULL);
  g_assert_nonnull (answer->body);
  return answer;
}

static void
test_reservation (void)
{
  static const struct {
    const char *body;
    const char *id; /* NULL: refused */
  } cases[] = {
    { "{'reservation_id': <'r1'>, 'camera_id': <'yard'>}", "r1" },
    { "{'reservation_id': <'r1'>}", "r1" },
    { "{'reservation_id': <'r1'>, 'camera_id': <'gate'>}", NULL },
    { "{'reservation_id': <''>}", NULL },
    { "{'reservation_id': <'r 1'>}", NULL },
    { "{'reservation_id': <'r\\n1'>}", NULL },
    { "{'reservation_id': <17>}", NULL },
    { "@a{sv} {}", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (TytoServiceAnswer) answer = make_answer (200, cases[i].body);
    g_autoptr (GError) error = NULL;
    g_autofree char *id = tyto_stream_requests_read (answer, "yard", &error);

    g_assert_cmpstr (id, ==, cases[i].id);
    if (cases[i].id == NULL)
      g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
    else
      g_assert_no_error (error);
  }
}

static void
test_refusal (void)
{
  g_autoptr (TytoServiceAnswer) full
      = make_answer (429, "{'error': <{'message_en': <'Camera limit reached'>}>}");
  g_autoptr (TytoServiceAnswer) wrong = make_answer (400, "{'detail': <'a\\nb'>}");
  g_autoptr (GError) error = NULL;

  tyto_stream_requests_refusal (full, "yard", &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_QUOTA);
  g_assert_nonnull (strstr (error->message, "429: Camera limit reached"));
  g_clear_error (&error);
  tyto_stream_requests_refusal (wrong, "yard", &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "400: a b"));
}

static void
test_requests (void)
{
  g_autoptr (GVariant) body = g_variant_ref_sink (tyto_stream_requests_reserve ("yard", "me", ""));
  g_autoptr (GVariant) soon = g_variant_ref_sink (tyto_stream_requests_heartbeat (1));
  g_autoptr (GVariant) late = g_variant_ref_sink (tyto_stream_requests_heartbeat (300));
  g_autofree char *path = tyto_stream_requests_path ("release", "a/../b?c");
  const char *source;
  guint life;

  g_assert_true (g_variant_lookup (body, "source", "&s", &source));
  g_assert_cmpstr (source, ==, "OTHER");
  g_assert_true (g_variant_lookup (soon, "extend_ttl", "u", &life));
  g_assert_cmpuint (life, ==, 30);
  g_assert_true (g_variant_lookup (late, "extend_ttl", "u", &life));
  g_assert_cmpuint (life, ==, 300);
  g_assert_cmpstr (path, ==, "/api/v1/stream/release/a%2F..%2Fb%3Fc");
}

/* A long answer is cut; one may say nothing. */
static void
test_words (void)
{
  g_autofree char *many = g_strnfill (300, 'x');
  g_autofree char *text = g_strdup_printf ("{'message': <'%s'>}", many);
  g_autoptr (TytoServiceAnswer) answer = make_answer (500, text);
  g_autoptr (TytoServiceAnswer) none = make_answer (404, "@a{sv} {}");
  g_autofree char *why = tyto_service_answer_why (answer);
  g_autofree char *bare = tyto_service_answer_why (none);

  g_assert_cmpuint (strlen (why), <=, 210);
  g_assert_cmpstr (bare, ==, "404");
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  tyto_service_state_flush_finish (TYTO_SERVICE_STATE (source), result, NULL);
  *(gboolean *) data = TRUE;
}

static void
test_state (void)
{
  g_autofree char *directory = g_dir_make_tmp ("tyto-services-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "services.state", NULL);
  g_autoptr (TytoServiceState) state = tyto_service_state_new (directory);
  g_autoptr (TytoServiceState) again = NULL;
  g_auto (GStrv) keys = NULL;
  g_autofree char *value = NULL;
  gboolean done = FALSE;

  tyto_service_state_set (state, "a", "one", "1");
  tyto_service_state_set (state, "a", "two", "2");
  tyto_service_state_set (state, "b", "three", "3");
  tyto_service_state_set (state, "a", "one", NULL);
  tyto_service_state_forget_group (state, "b");
  tyto_service_state_flush_async (state, on_flushed, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);

  again = tyto_service_state_new (directory);
  keys = tyto_service_state_list (again, "a");
  g_assert_cmpuint (g_strv_length (keys), ==, 1);
  value = tyto_service_state_get (again, "a", "two");
  g_assert_cmpstr (value, ==, "2");
  g_assert_true (g_file_set_contents (path, "\xff no key file", -1, NULL));
  g_clear_object (&again);
  again = tyto_service_state_new (directory);
  g_assert_null (tyto_service_state_get (again, "a", "two"));
  g_unlink (path);
  g_rmdir (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/services/reservation", test_reservation);
  g_test_add_func ("/services/refusal", test_refusal);
  g_test_add_func ("/services/requests", test_requests);
  g_test_add_func ("/services/words", test_words);
  g_test_add_func ("/services/state", test_state);
  return g_test_run ();
}
