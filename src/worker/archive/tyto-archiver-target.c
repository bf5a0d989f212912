/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/archive/tyto-archiver-target.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <string.h>

#define MIB               G_GUINT64_CONSTANT (1048576)
#define DEFAULT_PART_SIZE (16 * MIB)
#define DEFAULT_THRESHOLD (64 * MIB)
#define LARGEST           (5 * 1024 * MIB) /* of a part, and of what goes by one request */

struct _TytoArchiverTarget {
  char *endpoint;
  char *region;
  char *bucket;
  char *access_key;
  char *secret_key;
  char *session_token;
  char *addressing;
  char *ca_file;
  guint64 part_size;
  guint64 threshold;
  guint64 parts;
  guint64 bandwidth;
  guint64 timeout_s;
};

static const struct {
  const char *key;
  gsize offset;
  const char *fallback; /* NULL: has to be there */
} strings[] = {
  { "endpoint", G_STRUCT_OFFSET (TytoArchiverTarget, endpoint), NULL },
  { "region", G_STRUCT_OFFSET (TytoArchiverTarget, region), "us-east-1" },
  { "bucket", G_STRUCT_OFFSET (TytoArchiverTarget, bucket), NULL },
  { "access-key", G_STRUCT_OFFSET (TytoArchiverTarget, access_key), NULL },
  { "secret-key", G_STRUCT_OFFSET (TytoArchiverTarget, secret_key), NULL },
  { "session-token", G_STRUCT_OFFSET (TytoArchiverTarget, session_token), "" },
  { "addressing", G_STRUCT_OFFSET (TytoArchiverTarget, addressing), "path" },
  { "ca-file", G_STRUCT_OFFSET (TytoArchiverTarget, ca_file), "" },
};

static const TytoDictNumber numbers[] = {
  { "part-size", G_STRUCT_OFFSET (TytoArchiverTarget, part_size), 5 * MIB, LARGEST,
    DEFAULT_PART_SIZE },
  { "threshold", G_STRUCT_OFFSET (TytoArchiverTarget, threshold), 0, LARGEST, DEFAULT_THRESHOLD },
  { "parts", G_STRUCT_OFFSET (TytoArchiverTarget, parts), 1, 64, 4 },
  { "bandwidth", G_STRUCT_OFFSET (TytoArchiverTarget, bandwidth), 0, G_MAXINT64, 0 },
  { "timeout", G_STRUCT_OFFSET (TytoArchiverTarget, timeout_s), 1, 3600, 60 },
};

static gboolean
take_strings (TytoArchiverTarget *self, GVariant *settings, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++) {
    const char *value = tyto_dict_string (settings, strings[i].key, strings[i].fallback);

    if (value == NULL || (strings[i].fallback == NULL && *value == '\0')) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                      "The object store's settings have no “%s”.", strings[i].key);
      return FALSE;
    }
    G_STRUCT_MEMBER (char *, self, strings[i].offset) = g_strdup (value);
  }
  if (g_str_equal (self->addressing, "path") || g_str_equal (self->addressing, "virtual"))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "It is path or virtual.",
                  "There is no addressing “%s”.", self->addressing);
  return FALSE;
}

TytoArchiverTarget *
tyto_archiver_target_new (GVariant *settings, GError **error)
{
  g_autoptr (TytoArchiverTarget) self = g_atomic_rc_box_new0 (TytoArchiverTarget);

  if (!take_strings (self, settings, error)
      || !tyto_dict_get_numbers (settings, self, numbers, G_N_ELEMENTS (numbers), error))
    return NULL;
  return g_steal_pointer (&self);
}

TytoArchiverTarget *
tyto_archiver_target_ref (TytoArchiverTarget *self)
{
  return g_atomic_rc_box_acquire (self);
}

/* Freed memory must not keep a key. */
static void
clear (gpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++) {
    char *value = G_STRUCT_MEMBER (char *, data, strings[i].offset);

    if (value != NULL)
      explicit_bzero (value, strlen (value));
    g_free (value);
  }
}

void
tyto_archiver_target_unref (TytoArchiverTarget *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
tyto_archiver_target_apply (TytoArchiverTarget *self, GstElement *sink)
{
  g_object_set (sink, "endpoint-uri", self->endpoint, "region", self->region, "bucket",
                self->bucket, "access-key", self->access_key, "secret-access-key", self->secret_key,
                "session-token", self->session_token, "ca-file", self->ca_file, "force-path-style",
                g_str_equal (self->addressing, "path"), "part-size", self->part_size, "threshold",
                self->threshold, "num-parallel-parts", (guint) self->parts, "request-timeout",
                (gint64) self->timeout_s * 1000, NULL);
}

guint64
tyto_archiver_target_get_bandwidth (TytoArchiverTarget *self)
{
  return self->bandwidth;
}
