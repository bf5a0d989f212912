/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-dict-digest.h: tells whether two dictionaries differ, without showing what is in them. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* SHA-256, in hexadecimal, of the members of @dict (a{sv}) but for those named in the
 * NULL-terminated @except: of names, types and values, whatever their order. (transfer full) */
char *tyto_dict_digest (GVariant *dict, const char *const *except);

G_END_DECLS
