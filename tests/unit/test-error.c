/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"

#include <string.h>

/* The contract of the fronts, written out once more: a change of the table must be meant. */
static const struct {
  TytoError code;
  const char *name;
  const char *dbus_name;
  guint status;
  int exit_code;
} contract[] = {
  { TYTO_ERROR_INVALID_ARGUMENT, "invalid-argument", "InvalidArgument", 400, 64 },
  { TYTO_ERROR_UNAUTHORIZED, "unauthorized", "Unauthorized", 401, 77 },
  { TYTO_ERROR_FORBIDDEN, "forbidden", "Forbidden", 403, 77 },
  { TYTO_ERROR_NOT_FOUND, "not-found", "NotFound", 404, 66 },
  { TYTO_ERROR_METHOD, "method-not-allowed", "MethodNotAllowed", 405, 64 },
  { TYTO_ERROR_ALREADY_EXISTS, "already-exists", "AlreadyExists", 409, 73 },
  { TYTO_ERROR_WRONG_STATE, "wrong-state", "WrongState", 409, 75 },
  { TYTO_ERROR_TOO_LARGE, "too-large", "TooLarge", 413, 64 },
  { TYTO_ERROR_UNSUPPORTED, "unsupported", "Unsupported", 415, 64 },
  { TYTO_ERROR_RANGE, "range-not-satisfiable", "RangeNotSatisfiable", 416, 64 },
  { TYTO_ERROR_QUOTA, "quota-exceeded", "QuotaExceeded", 429, 75 },
  { TYTO_ERROR_INTERNAL, "internal", "Internal", 500, 70 },
  { TYTO_ERROR_STORAGE, "storage", "Storage", 507, 74 },
  { TYTO_ERROR_CAMERA, "camera", "Camera", 502, 69 },
  { TYTO_ERROR_UNAVAILABLE, "unavailable", "Unavailable", 503, 69 },
  { TYTO_ERROR_TIMED_OUT, "timed-out", "TimedOut", 504, 75 },
};

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (contract); i++) {
    g_autoptr (GError) error = g_error_new_literal (TYTO_ERROR, (int) contract[i].code, "why");
    const TytoErrorInfo *info = tyto_error_info (error);
    g_autofree char *dbus_name = g_strconcat ("org.tyto.Error.", contract[i].dbus_name, NULL);

    g_assert_cmpint (info->code, ==, contract[i].code);
    g_assert_cmpstr (info->name, ==, contract[i].name);
    g_assert_cmpstr (info->dbus_name, ==, dbus_name);
    g_assert_cmpuint (info->http_status, ==, contract[i].status);
    g_assert_cmpint (info->exit_code, ==, contract[i].exit_code);
    g_assert_cmpint ((int) strlen (info->title), >, 5);
    g_assert_true (tyto_error_info_for_dbus_name (dbus_name) == info);
    g_assert_cmpuint (tyto_error_info_for_status (contract[i].status)->http_status, ==,
                      contract[i].status);
  }
  g_assert_cmpint (TYTO_ERROR_TIMED_OUT + 1, ==, G_N_ELEMENTS (contract));
  g_assert_null (tyto_error_info_for_dbus_name ("org.tyto.Error.NoSuch"));
  g_assert_null (tyto_error_info_for_dbus_name (NULL));
  g_assert_null (tyto_error_info_for_status (200));
}

static void
test_other_domains (void)
{
  const struct {
    GQuark domain;
    int code;
    TytoError expected;
  } cases[] = {
    { G_IO_ERROR, G_IO_ERROR_NOT_FOUND, TYTO_ERROR_NOT_FOUND },
    { G_IO_ERROR, G_IO_ERROR_EXISTS, TYTO_ERROR_ALREADY_EXISTS },
    { G_IO_ERROR, G_IO_ERROR_INVALID_DATA, TYTO_ERROR_INVALID_ARGUMENT },
    { G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, TYTO_ERROR_FORBIDDEN },
    { G_IO_ERROR, G_IO_ERROR_NO_SPACE, TYTO_ERROR_STORAGE },
    { G_IO_ERROR, G_IO_ERROR_CANCELLED, TYTO_ERROR_UNAVAILABLE },
    { G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, TYTO_ERROR_UNAVAILABLE },
    { G_IO_ERROR, G_IO_ERROR_TIMED_OUT, TYTO_ERROR_TIMED_OUT },
    { G_IO_ERROR, G_IO_ERROR_FAILED, TYTO_ERROR_INTERNAL },
    { G_FILE_ERROR, G_FILE_ERROR_NOENT, TYTO_ERROR_NOT_FOUND },
    { G_FILE_ERROR, G_FILE_ERROR_NOSPC, TYTO_ERROR_STORAGE },
    { G_FILE_ERROR, G_FILE_ERROR_FAILED, TYTO_ERROR_INTERNAL },
    { G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN, TYTO_ERROR_UNAVAILABLE },
    { G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, TYTO_ERROR_FORBIDDEN },
    { G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT, TYTO_ERROR_NOT_FOUND },
    { G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, TYTO_ERROR_TIMED_OUT },
    { G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, TYTO_ERROR_INVALID_ARGUMENT },
    { G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE, TYTO_ERROR_INVALID_ARGUMENT },
    { TYTO_ERROR, 4711, TYTO_ERROR_INTERNAL },
    { G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, TYTO_ERROR_INTERNAL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = g_error_new_literal (cases[i].domain, cases[i].code, "why");

    g_assert_cmpint (tyto_error_info (error)->code, ==, cases[i].expected);
  }
  g_assert_cmpint (tyto_error_info (NULL)->code, ==, TYTO_ERROR_INTERNAL);
}

static void
test_message_and_hint (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *why = NULL;

  tyto_set_error (&error, TYTO_ERROR_CAMERA, "Look at its cable.", "Camera %s is %s.", "door",
                  "silent");
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_CAMERA);
  g_assert_cmpstr (error->message, ==, "Camera door is silent.\nLook at its cable.");
  why = tyto_error_why (error);
  g_assert_cmpstr (why, ==, "Camera door is silent.");
  g_assert_cmpstr (tyto_error_hint (error), ==, "Look at its cable.");

  tyto_set_error (NULL, TYTO_ERROR_CAMERA, NULL, "Nobody asks.");
}

/* What others say must not pass for our hint, nor break D-Bus. */
static void
test_foreign_words (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *why = NULL;

  tyto_set_error (&error, TYTO_ERROR_CAMERA, NULL, "It says: %s", "no\r\ncall 1-800\xff");
  why = tyto_error_why (error);
  g_assert_cmpstr (why, ==, "It says: no  call 1-800\xef\xbf\xbd");
  g_assert_null (tyto_error_hint (error));
}

static void
test_over_dbus (void)
{
  g_autoptr (GError) sent = NULL;
  g_autoptr (GError) received = NULL;
  g_autofree char *name = NULL;
  g_autofree char *why = NULL;

  tyto_set_error (&sent, TYTO_ERROR_NOT_FOUND, "List them first.", "There is no camera x.");
  name = g_dbus_error_encode_gerror (sent);
  g_assert_cmpstr (name, ==, "org.tyto.Error.NotFound");

  received = g_dbus_error_new_for_dbus_error (name, sent->message);
  g_assert_error (received, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  why = tyto_error_why (received);
  g_assert_cmpstr (why, ==, "There is no camera x.");
  g_assert_cmpstr (tyto_error_hint (received), ==, "List them first.");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/error/table", test_table);
  g_test_add_func ("/error/other-domains", test_other_domains);
  g_test_add_func ("/error/message-and-hint", test_message_and_hint);
  g_test_add_func ("/error/foreign-words", test_foreign_words);
  g_test_add_func ("/error/over-dbus", test_over_dbus);
  return g_test_run ();
}
