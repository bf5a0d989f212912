/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the daily run was last, and what it did: kept over restarts. */
#include "recorder/retention/tyto-retention-private.h"

#include "base/tyto-json.h"

#define GROUP "retention"

static char *
state_file (TytoRetention *self)
{
  return g_build_filename (tyto_settings_get_state_dir (self->settings), "retention", NULL);
}

void
tyto_retention_load (TytoRetention *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = state_file (self);
  g_autofree char *text = NULL;

  self->last_daily_us = -1;
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return;
  if (g_key_file_has_key (file, GROUP, "last-daily", NULL))
    self->last_daily_us = g_key_file_get_int64 (file, GROUP, "last-daily", NULL);
  text = g_key_file_get_string (file, GROUP, "last-run", NULL);
  if (text != NULL)
    self->last_run = tyto_json_to_variant (text, -1, NULL);
}

/* Small and rare: once at the beginning and once at the end of a run. */
void
tyto_retention_save (TytoRetention *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = state_file (self);
  g_autoptr (GVariant) run = tyto_retention_get_last_run (self);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_key_file_set_int64 (file, GROUP, "last-daily", self->last_daily_us);
  if (run != NULL) {
    text = tyto_json_from_variant (run, FALSE);
    g_key_file_set_string (file, GROUP, "last-run", text);
  }
  if (!g_key_file_save_to_file (file, path, &error))
    g_warning ("When retention last ran is not kept: %s", error->message);
}
