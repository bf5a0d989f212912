/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in the archive alone is read there: URLs that others can use for a while. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

/* A download of hours goes on when the URL has expired: it must be begun until then. */
#define URL_SECONDS (15 * 60)

static GHashTable *
make_parameters (const char *content_type, const char *name)
{
  GHashTable *parameters = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  g_hash_table_insert (parameters, (char *) "response-content-type", g_strdup (content_type));
  g_hash_table_insert (parameters, (char *) "response-content-disposition",
                       g_strdup_printf ("inline; filename=\"%s\"", name));
  g_hash_table_insert (parameters, (char *) "response-cache-control",
                       g_strdup ("private, max-age=0"));
  return parameters;
}

char *
tyto_recorder_make_object_url (TytoRecorder *self, const char *method, GVariant *segment,
                               const char *content_type, const char *name, GError **error)
{
  const char *key = tyto_dict_string (segment, "object", NULL);
  TytoS3Client *client = tyto_archive_get_s3_client (self->archive);
  g_autoptr (GHashTable) parameters = make_parameters (content_type, name);

  if (key != NULL && client != NULL)
    return tyto_s3_client_presign (client, method, key, URL_SECONDS, parameters, error);
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE,
                  "Set the object store it was uploaded to (s3-endpoint and the keys to it).",
                  "The file of segment %s is in the archive alone, and no object store is set",
                  tyto_dict_string (segment, "id", ""));
  return NULL;
}
