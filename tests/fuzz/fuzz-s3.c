/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-s3.c: any bytes as the answer of an object store: as XML, and as a refusal that is told to
 * people. */
#include "base/tyto-error.h"
#include "fuzz-target.h"
#include "store/s3/tyto-s3-error.h"
#include "store/s3/tyto-s3-node.h"

#include <string.h>

#define SECRET "very-secret"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

static void
look_at (const TytoS3Node *node)
{
  g_autofree char *etag = tyto_s3_node_etag (node, "ETag");

  g_assert_true (g_utf8_validate (etag, -1, NULL));
  g_assert_true (g_utf8_validate (node->name, -1, NULL));
  tyto_s3_node_number (node, "Size", 0);
  tyto_s3_node_time (node, "LastModified");
  for (guint i = 0; i < node->children->len; i++)
    look_at (node->children->pdata[i]);
}

static void
tell (GBytes *answer, guint status)
{
  g_autoptr (TytoS3Config) config = tyto_s3_config_new ();
  g_autoptr (TytoS3Refusal) refusal = tyto_s3_refusal_new (status, answer);
  g_autoptr (GError) error = NULL;

  tyto_s3_config_set (&config->secret_key, SECRET);
  tyto_s3_refusal_passes (refusal);
  tyto_s3_refusal_set_error (refusal, config, "the object k", &error);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_null (strstr (error->message, SECRET));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) answer = g_bytes_new (data, size);
  g_autoptr (TytoS3Node) root = tyto_s3_node_parse (answer, NULL);

  if (root != NULL)
    look_at (root);
  tell (answer, 403);
  tell (answer, 200);
  return 0;
}
