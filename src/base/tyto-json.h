/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-json.h: JSON (RFC 8259) ⇄ GVariant: the one serialiser. The core speaks in a{sv}; REST
 * writes it as a JSON object, D-Bus sends it as it is, tytoctl reads it back.
 *
 * To JSON: a{sv} → object (member order kept), av/as/aa{sv} → array, b → boolean, integers and d →
 * number (NaN and infinities → null), s → string, v → what is in it, "m" nothing → null. To
 * GVariant: object → a{sv}, array → av, integer → x (t from 2^63 on, d from 2^64 on), other number
 * → d, null → "mv" nothing.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @value (a floating reference is not sunk) as JSON text; @pretty: indented by two spaces, for
 * people. (transfer full) */
char *tyto_json_from_variant (GVariant *value, gboolean pretty);

/* What it is made of, appended to @text, without spaces; @number: null unless it is finite. */
void tyto_json_append_variant (GString *text, GVariant *value);
void tyto_json_append_string (GString *text, const char *string);
void tyto_json_append_double (GString *text, double number);

/* Reads one JSON object. Refused with TYTO_ERROR_INVALID_ARGUMENT (what, at which line and column):
 * not UTF-8, not an object, nested deeper than 32, a member twice, trailing text. (transfer full),
 * not floating */
GVariant *tyto_json_to_variant (const char *text, gssize length, GError **error);

/**
 * Takes member @key out of @dict (a{sv}). Absent (or null) leaves @value alone and returns TRUE; of
 * another type is TYTO_ERROR_INVALID_ARGUMENT naming member and type. A number is accepted for an
 * integer when it is whole and in [@min, @max].
 */
gboolean tyto_dict_get_string (GVariant *dict, const char *key, char **value,
                               GError **error); /* frees the old *value */
gboolean tyto_dict_get_uint (GVariant *dict, const char *key, guint64 min, guint64 max,
                             guint64 *value, GError **error);
gboolean tyto_dict_get_boolean (GVariant *dict, const char *key, gboolean *value, GError **error);

/* A number of a record: guint64 at @offset; @fallback when the member @key is absent. */
typedef struct {
  const char *key;
  gsize offset;
  guint64 min, max, fallback;
} TytoDictNumber;

/* Takes all @n_numbers of them into @record, likewise. */
gboolean tyto_dict_get_numbers (GVariant *dict, gpointer record, const TytoDictNumber *numbers,
                                gsize n_numbers, GError **error);

/* Refuses members of @dict that are not in the NULL-terminated @known: TYTO_ERROR_INVALID_ARGUMENT
 * naming the first, and the known ones as hint. */
gboolean tyto_dict_check_keys (GVariant *dict, const char *const *known, GError **error);

/* Look-ups that do not fail, for dictionaries of our own: the default when absent. Any integer type
 * or double is converted. */
const char *
tyto_dict_string (GVariant *dict, const char *key, const char *fallback); /* (transfer none) */
guint64 tyto_dict_uint (GVariant *dict, const char *key, guint64 fallback);
gint64 tyto_dict_int (GVariant *dict, const char *key, gint64 fallback);
double tyto_dict_double (GVariant *dict, const char *key, double fallback);
gboolean tyto_dict_boolean (GVariant *dict, const char *key, gboolean fallback);

/* As g_variant_builder_add() with "{sv}", which reads that anew each time. @value: taken when
 * floating. */
void tyto_dict_put (GVariantBuilder *dict, const char *key, GVariant *value);

G_END_DECLS
