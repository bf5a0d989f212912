/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-password.h: where tytoctl takes a password from: never from its command line. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The first line of @file, "-" for standard input (echo off when that is a terminal). Longer than
 * 1024 bytes, empty or not UTF-8 is TYTO_ERROR_INVALID_ARGUMENT. (transfer full) */
char *ctl_password_read (const char *file, GError **error);

/* Asks for @user's password on the terminal. (transfer full) */
char *ctl_password_ask (const char *user, GError **error);

/* Whether there is somebody to ask. */
gboolean ctl_password_can_ask (void);

G_END_DECLS
