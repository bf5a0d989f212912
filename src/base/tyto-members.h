/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-members.h: the members of an object, told one after the other and in that order, go into an
 * a{sv} (for D-Bus) or straight into JSON text (for REST): what is listed by the hundred is
 * described once and does not become several values for each member first.
 *
 * The texts are those of tyto_json_from_variant() for the same a{sv}. A member is told once.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One of the two is set, and lives longer than this: @dict: an a{sv} that is being built; @json:
 * whose end is an object that has been opened and not closed. */
typedef struct {
  GVariantBuilder *dict;
  GString *json;
} TytoMembers;

void tyto_members_string (TytoMembers *self, const char *key, const char *value);
void tyto_members_boolean (TytoMembers *self, const char *key, gboolean value);
void tyto_members_int (TytoMembers *self, const char *key, gint64 value);
void tyto_members_uint (TytoMembers *self, const char *key, guint64 value);
void tyto_members_double (TytoMembers *self, const char *key, double value);
/* As text (RFC 3339). @wall_us: µs; below 0 the member is left out */
void tyto_members_time (TytoMembers *self, const char *key, gint64 wall_us);
/* @value: taken when floating. */
void tyto_members_variant (TytoMembers *self, const char *key, GVariant *value);

/* A member that is an object: what follows are its own, until the end. */
void tyto_members_begin (TytoMembers *self, const char *key);
void tyto_members_end (TytoMembers *self);

G_END_DECLS
