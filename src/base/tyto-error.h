/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-error.h: the errors of the whole of Tyto, and the one table that says what each is called on
 * D-Bus, which HTTP status (RFC 9110) it answers and which exit code tytoctl ends with.
 *
 * A message is one sentence of what and why; after a newline may follow one sentence of what to do
 * next (the hint). Set both with tyto_set_error(); fronts take them apart with tyto_error_why() and
 * tyto_error_hint().
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_ERROR (tyto_error_quark ())

typedef enum {
  TYTO_ERROR_INVALID_ARGUMENT, /* 400, exit 64 (EX_USAGE): the request is malformed or a value is
                                  out of range */
  TYTO_ERROR_UNAUTHORIZED,     /* 401, exit 77: no or a wrong token */
  TYTO_ERROR_FORBIDDEN,        /* 403, exit 77 */
  TYTO_ERROR_NOT_FOUND,        /* 404, exit 66 */
  TYTO_ERROR_METHOD,           /* 405, exit 64 */
  TYTO_ERROR_ALREADY_EXISTS,   /* 409, exit 73 */
  TYTO_ERROR_WRONG_STATE,      /* 409, exit 75: not possible in the present state */
  TYTO_ERROR_TOO_LARGE,        /* 413, exit 64 */
  TYTO_ERROR_UNSUPPORTED,      /* 415, exit 64: media type, codec or feature */
  TYTO_ERROR_RANGE,            /* 416, exit 64: byte range outside the file */
  TYTO_ERROR_QUOTA,            /* 429, exit 75: as many as are allowed at a time */
  TYTO_ERROR_INTERNAL,         /* 500, exit 70 */
  TYTO_ERROR_STORAGE,          /* 507, exit 74: disk or catalogue */
  TYTO_ERROR_CAMERA,           /* 502, exit 69: the camera cannot be reached or refuses */
  TYTO_ERROR_UNAVAILABLE,      /* 503, exit 69: starting, stopping or overloaded */
  TYTO_ERROR_TIMED_OUT,        /* 504, exit 75 */
} TytoError;

/**
 * TytoErrorInfo: one row of the table.
 * @code: the error
 * @name: short machine name, e.g. "not-found"; problem+json's type is "/problems/" + name
 * @dbus_name: e.g. "org.tyto.Error.NotFound"
 * @http_status: RFC 9110 status code
 * @exit_code: sysexits(3)
 * @title: what went wrong in general, for people (problem+json's title)
 */
typedef struct {
  TytoError code;
  const char *name;
  const char *dbus_name;
  guint http_status;
  int exit_code;
  const char *title;
} TytoErrorInfo;

GQuark tyto_error_quark (void);

/* The row for @error. GIO and other domains are mapped to the nearest row (not found, cancelled, no
 * space, …), else internal. */
const TytoErrorInfo *tyto_error_info (const GError *error);

/* The row whose D-Bus name is @dbus_name, or whose HTTP status is @status; NULL when there is none.
 */
const TytoErrorInfo *tyto_error_info_for_dbus_name (const char *dbus_name);
const TytoErrorInfo *tyto_error_info_for_status (guint status);

/* Sets @error (may be NULL): the formatted sentence, then @hint (what to do next; NULL for none)
 * after a newline. */
void tyto_set_error (GError **error, TytoError code, const char *hint, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* Keeps @error (transfer full) in *@kept unless an earlier one is there: the first is the cause. */
void tyto_error_keep_first (GError **kept, GError *error);

/* What and why: the message up to its first newline. (transfer full) */
char *tyto_error_why (const GError *error);

/* What to do next: the message after its first newline, or NULL. (transfer none) */
const char *tyto_error_hint (const GError *error);

G_END_DECLS
