/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"

#include <string.h>
#include <sysexits.h>

static const TytoErrorInfo table[] = {
  { TYTO_ERROR_INVALID_ARGUMENT, "invalid-argument", "org.tyto.Error.InvalidArgument", 400,
    EX_USAGE, "The request is not valid" },
  { TYTO_ERROR_UNAUTHORIZED, "unauthorized", "org.tyto.Error.Unauthorized", 401, EX_NOPERM,
    "A valid token is needed" },
  { TYTO_ERROR_FORBIDDEN, "forbidden", "org.tyto.Error.Forbidden", 403, EX_NOPERM,
    "This is not allowed" },
  { TYTO_ERROR_NOT_FOUND, "not-found", "org.tyto.Error.NotFound", 404, EX_NOINPUT,
    "There is no such thing" },
  { TYTO_ERROR_METHOD, "method-not-allowed", "org.tyto.Error.MethodNotAllowed", 405, EX_USAGE,
    "The method is not allowed here" },
  { TYTO_ERROR_ALREADY_EXISTS, "already-exists", "org.tyto.Error.AlreadyExists", 409, EX_CANTCREAT,
    "It exists already" },
  { TYTO_ERROR_WRONG_STATE, "wrong-state", "org.tyto.Error.WrongState", 409, EX_TEMPFAIL,
    "Not possible in the present state" },
  { TYTO_ERROR_TOO_LARGE, "too-large", "org.tyto.Error.TooLarge", 413, EX_USAGE,
    "The request is too large" },
  { TYTO_ERROR_UNSUPPORTED, "unsupported", "org.tyto.Error.Unsupported", 415, EX_USAGE,
    "This is not supported" },
  { TYTO_ERROR_RANGE, "range-not-satisfiable", "org.tyto.Error.RangeNotSatisfiable", 416, EX_USAGE,
    "The range lies outside the file" },
  { TYTO_ERROR_QUOTA, "quota-exceeded", "org.tyto.Error.QuotaExceeded", 429, EX_TEMPFAIL,
    "The quota is used up" },
  { TYTO_ERROR_INTERNAL, "internal", "org.tyto.Error.Internal", 500, EX_SOFTWARE, "Tyto failed" },
  { TYTO_ERROR_STORAGE, "storage", "org.tyto.Error.Storage", 507, EX_IOERR,
    "The disk or the catalogue failed" },
  { TYTO_ERROR_CAMERA, "camera", "org.tyto.Error.Camera", 502, EX_UNAVAILABLE,
    "The camera cannot be reached or refuses" },
  { TYTO_ERROR_UNAVAILABLE, "unavailable", "org.tyto.Error.Unavailable", 503, EX_UNAVAILABLE,
    "Tyto is not available at the moment" },
  { TYTO_ERROR_TIMED_OUT, "timed-out", "org.tyto.Error.TimedOut", 504, EX_TEMPFAIL,
    "It took too long" },
};

/* Each plugin has a copy of this code: the first of a process registers the names, and the others
 * are refused without harm. */
GQuark
tyto_error_quark (void)
{
  static gsize quark = 0;

  if (g_once_init_enter (&quark)) {
    GQuark domain = g_quark_from_static_string ("tyto-error-quark");

    for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
      g_dbus_error_register_error (domain, table[i].code, table[i].dbus_name);
    g_once_init_leave (&quark, domain);
  }
  return (GQuark) quark;
}

static const TytoErrorInfo *
row (TytoError code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].code == code)
      return &table[i];
  return code == TYTO_ERROR_INTERNAL ? NULL : row (TYTO_ERROR_INTERNAL);
}

static TytoError
from_io_error (int code)
{
  switch (code) {
  case G_IO_ERROR_NOT_FOUND:
  case G_IO_ERROR_NOT_MOUNTED:
    return TYTO_ERROR_NOT_FOUND;
  case G_IO_ERROR_EXISTS:
    return TYTO_ERROR_ALREADY_EXISTS;
  case G_IO_ERROR_INVALID_ARGUMENT:
  case G_IO_ERROR_INVALID_DATA:
  case G_IO_ERROR_INVALID_FILENAME:
  case G_IO_ERROR_FILENAME_TOO_LONG:
    return TYTO_ERROR_INVALID_ARGUMENT;
  case G_IO_ERROR_PERMISSION_DENIED:
    return TYTO_ERROR_FORBIDDEN;
  case G_IO_ERROR_NO_SPACE:
  case G_IO_ERROR_READ_ONLY:
  case G_IO_ERROR_NOT_DIRECTORY:
  case G_IO_ERROR_IS_DIRECTORY:
  case G_IO_ERROR_NOT_EMPTY:
  case G_IO_ERROR_TOO_MANY_LINKS:
    return TYTO_ERROR_STORAGE;
  case G_IO_ERROR_NOT_SUPPORTED:
    return TYTO_ERROR_UNSUPPORTED;
  case G_IO_ERROR_MESSAGE_TOO_LARGE:
    return TYTO_ERROR_TOO_LARGE;
  case G_IO_ERROR_TIMED_OUT:
    return TYTO_ERROR_TIMED_OUT;
  case G_IO_ERROR_PENDING:
  case G_IO_ERROR_NOT_INITIALIZED:
    return TYTO_ERROR_WRONG_STATE;
  case G_IO_ERROR_CANCELLED: /* cancelled by us: stopping */
  case G_IO_ERROR_BUSY:
  case G_IO_ERROR_CLOSED:
  case G_IO_ERROR_WOULD_BLOCK:
  case G_IO_ERROR_ADDRESS_IN_USE:
  case G_IO_ERROR_CONNECTION_REFUSED:
  case G_IO_ERROR_BROKEN_PIPE: /* also CONNECTION_CLOSED */
  case G_IO_ERROR_NOT_CONNECTED:
  case G_IO_ERROR_HOST_NOT_FOUND:
  case G_IO_ERROR_HOST_UNREACHABLE:
  case G_IO_ERROR_NETWORK_UNREACHABLE:
  case G_IO_ERROR_TOO_MANY_OPEN_FILES:
    return TYTO_ERROR_UNAVAILABLE;
  default:
    return TYTO_ERROR_INTERNAL;
  }
}

static TytoError
from_file_error (int code)
{
  switch (code) {
  case G_FILE_ERROR_NOENT:
    return TYTO_ERROR_NOT_FOUND;
  case G_FILE_ERROR_EXIST:
    return TYTO_ERROR_ALREADY_EXISTS;
  case G_FILE_ERROR_ACCES:
  case G_FILE_ERROR_PERM:
    return TYTO_ERROR_FORBIDDEN;
  case G_FILE_ERROR_INVAL:
  case G_FILE_ERROR_NAMETOOLONG:
    return TYTO_ERROR_INVALID_ARGUMENT;
  case G_FILE_ERROR_NOSPC:
  case G_FILE_ERROR_ROFS:
  case G_FILE_ERROR_IO:
  case G_FILE_ERROR_ISDIR:
  case G_FILE_ERROR_NOTDIR:
    return TYTO_ERROR_STORAGE;
  case G_FILE_ERROR_MFILE:
  case G_FILE_ERROR_NFILE:
  case G_FILE_ERROR_NOMEM:
  case G_FILE_ERROR_AGAIN:
    return TYTO_ERROR_UNAVAILABLE;
  default:
    return TYTO_ERROR_INTERNAL;
  }
}

static TytoError
from_dbus_error (int code)
{
  switch (code) {
  case G_DBUS_ERROR_INVALID_ARGS:
  case G_DBUS_ERROR_INVALID_SIGNATURE:
    return TYTO_ERROR_INVALID_ARGUMENT;
  case G_DBUS_ERROR_ACCESS_DENIED:
  case G_DBUS_ERROR_AUTH_FAILED:
  case G_DBUS_ERROR_PROPERTY_READ_ONLY:
    return TYTO_ERROR_FORBIDDEN;
  case G_DBUS_ERROR_UNKNOWN_OBJECT:
  case G_DBUS_ERROR_FILE_NOT_FOUND:
    return TYTO_ERROR_NOT_FOUND;
  case G_DBUS_ERROR_UNKNOWN_METHOD:
  case G_DBUS_ERROR_UNKNOWN_INTERFACE:
  case G_DBUS_ERROR_UNKNOWN_PROPERTY:
    return TYTO_ERROR_METHOD;
  case G_DBUS_ERROR_NOT_SUPPORTED:
    return TYTO_ERROR_UNSUPPORTED;
  case G_DBUS_ERROR_NO_REPLY:
  case G_DBUS_ERROR_TIMEOUT:
  case G_DBUS_ERROR_TIMED_OUT:
    return TYTO_ERROR_TIMED_OUT;
  case G_DBUS_ERROR_SERVICE_UNKNOWN:
  case G_DBUS_ERROR_NAME_HAS_NO_OWNER:
  case G_DBUS_ERROR_NO_SERVER:
  case G_DBUS_ERROR_NO_NETWORK:
  case G_DBUS_ERROR_DISCONNECTED:
  case G_DBUS_ERROR_LIMITS_EXCEEDED:
  case G_DBUS_ERROR_SPAWN_EXEC_FAILED:
  case G_DBUS_ERROR_SPAWN_FAILED:
  case G_DBUS_ERROR_SPAWN_CHILD_EXITED:
  case G_DBUS_ERROR_SPAWN_CHILD_SIGNALED:
  case G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND:
    return TYTO_ERROR_UNAVAILABLE;
  default:
    return TYTO_ERROR_INTERNAL;
  }
}

const TytoErrorInfo *
tyto_error_info (const GError *error)
{
  if (error == NULL)
    return row (TYTO_ERROR_INTERNAL);
  if (error->domain == TYTO_ERROR)
    return row ((TytoError) error->code);
  if (error->domain == G_IO_ERROR)
    return row (from_io_error (error->code));
  if (error->domain == G_FILE_ERROR)
    return row (from_file_error (error->code));
  if (error->domain == G_DBUS_ERROR)
    return row (from_dbus_error (error->code));
  if (error->domain == G_OPTION_ERROR || error->domain == G_KEY_FILE_ERROR
      || error->domain == G_URI_ERROR || error->domain == G_CONVERT_ERROR
      || error->domain == G_REGEX_ERROR || error->domain == G_VARIANT_PARSE_ERROR
      || error->domain == G_NUMBER_PARSER_ERROR)
    return row (TYTO_ERROR_INVALID_ARGUMENT);
  if (error->domain == G_RESOLVER_ERROR)
    return row (TYTO_ERROR_UNAVAILABLE);
  return row (TYTO_ERROR_INTERNAL);
}

const TytoErrorInfo *
tyto_error_info_for_dbus_name (const char *dbus_name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_strcmp0 (table[i].dbus_name, dbus_name) == 0)
      return &table[i];
  return NULL;
}

const TytoErrorInfo *
tyto_error_info_for_status (guint status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].http_status == status)
      return &table[i];
  return NULL;
}

void
tyto_set_error (GError **error, TytoError code, const char *hint, const char *format, ...)
{
  g_autofree char *why = NULL;
  g_autofree char *valid = NULL;
  va_list args;

  if (error == NULL)
    return;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);

  /* The words of others (a database, a camera) may hold bytes that D-Bus refuses, and newlines that
   * would be taken for the start of the hint. */
  valid = g_utf8_make_valid (why, -1);
  g_strdelimit (valid, "\r\n", ' ');

  if (hint != NULL)
    g_set_error (error, TYTO_ERROR, code, "%s\n%s", valid, hint);
  else
    g_set_error_literal (error, TYTO_ERROR, code, valid);
}

void
tyto_error_keep_first (GError **kept, GError *error)
{
  if (*kept == NULL)
    *kept = error;
  else
    g_error_free (error);
}

char *
tyto_error_why (const GError *error)
{
  /* An error that came over D-Bus reads "GDBus.Error:NAME: text"; the name is for machines. */
  g_autoptr (GError) copy = g_error_copy (error);

  g_dbus_error_strip_remote_error (copy);
  return g_strndup (copy->message, strcspn (copy->message, "\n"));
}

const char *
tyto_error_hint (const GError *error)
{
  const char *newline = strchr (error->message, '\n');

  return newline != NULL && newline[1] != '\0' ? newline + 1 : NULL;
}
