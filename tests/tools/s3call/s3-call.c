/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* s3-call VERB [ARGUMENT…]: one call of the S3 client. Where to, and the keys, come from the
 * environment: S3_ENDPOINT, S3_REGION, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY,
 * S3_SESSION_TOKEN, S3_ADDRESSING, S3_CA_FILE, S3_TIMEOUT, S3_RETRIES. Prints what came out as one
 * JSON object, with sent (bytes), retries and, where it failed, error (name) and message. */
#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "s3-verbs.h"

#include <stdio.h>

static TytoS3Config *
read_config (void)
{
  TytoS3Config *config = tyto_s3_config_new ();
  const struct {
    const char *name;
    char **field;
  } strings[] = {
    { "S3_ENDPOINT", &config->endpoint },
    { "S3_REGION", &config->region },
    { "S3_BUCKET", &config->bucket },
    { "S3_ACCESS_KEY_ID", &config->access_key },
    { "S3_SECRET_ACCESS_KEY", &config->secret_key },
    { "S3_SESSION_TOKEN", &config->session_token },
    { "S3_CA_FILE", &config->ca_file },
  };

  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    if (g_getenv (strings[i].name) != NULL)
      tyto_s3_config_set (strings[i].field, g_getenv (strings[i].name));
  tyto_s3_addressing_from_name (g_getenv ("S3_ADDRESSING"), &config->addressing);
  if (g_getenv ("S3_TIMEOUT") != NULL)
    config->timeout = (guint) g_ascii_strtoull (g_getenv ("S3_TIMEOUT"), NULL, 10);
  if (g_getenv ("S3_RETRIES") != NULL)
    config->retries = (guint) g_ascii_strtoull (g_getenv ("S3_RETRIES"), NULL, 10);
  return config;
}

static void
on_sent (TytoS3Client *client, const char *key, guint part, gint64 bytes, gpointer data)
{
  *(gint64 *) data += bytes;
}

static void
add_error (JsonBuilder *answer, const GError *error)
{
  const char *name = error->domain == G_OPTION_ERROR ? "usage" : tyto_error_info (error)->name;

  json_builder_set_member_name (answer, "error");
  json_builder_add_string_value (answer, name);
  json_builder_set_member_name (answer, "message");
  json_builder_add_string_value (answer, error->message);
}

int
main (int argc, char **argv)
{
  g_autoptr (TytoS3Config) config = read_config ();
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoS3Client) client = tyto_s3_client_new (config, &error);
  g_autoptr (JsonBuilder) answer = json_builder_new ();
  S3Call call = { client, argv + 2, answer };
  gint64 sent = 0;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  gboolean done;

  tyto_log_install ("s3-call");
  tyto_log_set_level ("debug");
  if (client != NULL)
    g_signal_connect (client, "sent", G_CALLBACK (on_sent), &sent);
  json_builder_begin_object (answer);
  done = client != NULL && argc > 1 && s3_verbs_run (argv[1], &call, &error);
  if (error != NULL)
    add_error (answer, error);
  if (client != NULL) {
    json_builder_set_member_name (answer, "sent");
    json_builder_add_int_value (answer, sent);
    json_builder_set_member_name (answer, "retries");
    json_builder_add_int_value (answer, (gint64) tyto_s3_client_get_retries (client));
    json_builder_set_member_name (answer, "clock_offset_us");
    json_builder_add_int_value (answer, tyto_s3_client_get_clock_offset (client));
  }
  json_builder_end_object (answer);
  root = json_builder_get_root (answer);
  text = json_to_string (root, FALSE);
  puts (text); /* g_print() would make it fit the locale */
  return done ? 0 : 1;
}
