/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-attachment.h"

#include "base/tyto-dict-digest.h"
#include "base/tyto-json.h"

/* Of the moment, see data/org.tyto.Worker1.xml. */
static const char *const not_compared[] = { "connect-delay", "not-before", NULL };

gboolean
tyto_worker_attachment_is_current (GVariant *attachment)
{
  return g_str_equal (tyto_dict_string (attachment, "version", ""), TYTO_VERSION);
}

static GVariant *
get_cameras (GVariant *attachment)
{
  GVariant *cameras = g_variant_lookup_value (attachment, "cameras", G_VARIANT_TYPE_VARDICT);

  return cameras != NULL ? cameras : g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
}

GVariant *
tyto_worker_attachment_look_up (GVariant *attachment, const char *camera)
{
  g_autoptr (GVariant) cameras = get_cameras (attachment);

  return g_variant_lookup_value (cameras, camera, G_VARIANT_TYPE_VARDICT);
}

GStrv
tyto_worker_attachment_list (GVariant *attachment)
{
  g_autoptr (GVariant) cameras = get_cameras (attachment);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GVariantIter iter;
  const char *camera;

  g_variant_iter_init (&iter, cameras);
  while (g_variant_iter_next (&iter, "{&sv}", &camera, NULL))
    g_strv_builder_add (builder, camera);
  return g_strv_builder_end (builder);
}

/* Whether all that both dictionaries have is the same. */
static gboolean
agree (GVariant *settings, GVariant *wanted)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;
  gboolean same = TRUE;

  g_variant_iter_init (&iter, settings);
  while (same && g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    g_autoptr (GVariant) ours = g_variant_lookup_value (wanted, key, NULL);

    if (ours != NULL && !g_strv_contains (not_compared, key))
      same = g_variant_equal (ours, value);
    g_variant_unref (value);
  }
  return same;
}

gboolean
tyto_worker_attachment_matches (GVariant *attachment, const char *camera, GVariant *wanted)
{
  g_autoptr (GVariant) known = tyto_worker_attachment_look_up (attachment, camera);
  g_autoptr (GVariant) settings = NULL;
  g_autofree char *digest = NULL;
  const char *told;

  if (known == NULL || wanted == NULL)
    return FALSE;
  told = tyto_dict_string (known, "settings-digest", "");
  digest = tyto_dict_digest (wanted, not_compared);
  if (*told == '\0' || g_str_equal (told, digest))
    return *told != '\0';
  if (tyto_worker_attachment_is_current (attachment))
    return FALSE;
  settings = g_variant_lookup_value (known, "settings", G_VARIANT_TYPE_VARDICT);
  return settings != NULL && agree (settings, wanted);
}
