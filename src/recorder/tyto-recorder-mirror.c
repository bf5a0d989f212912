/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The catalogue that a fleet shares, told all rows of our own. Recording does not depend on it. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-time.h"
#include "store/tyto-catalogue-postgresql.h"

static void
on_failing (TytoCatalogueMirror *mirror, const char *why, TytoRecorder *self)
{
  g_autofree char *message
      = g_strdup_printf ("The shared catalogue takes no rows; they wait on disk: %s", why);

  tyto_alerts_raise (self->alerts, "shared-catalogue", "warning", "", message);
}

static void
on_recovered (TytoCatalogueMirror *mirror, TytoRecorder *self)
{
  tyto_alerts_clear (self->alerts, "shared-catalogue", "", "The shared catalogue takes rows again");
}

/* Without one the server may know us otherwise: by certificate, ~/.pgpass, peer. (transfer full) */
static char *
get_password (TytoRecorder *self)
{
  g_autoptr (GError) error = NULL;
  char *password = tyto_settings_get_secret (self->settings, "catalogue-password", &error);

  if (password == NULL)
    g_debug ("The shared catalogue is asked without a password: %s", error->message);
  return password;
}

/* Another database, name or password. */
static void
on_settings (TytoRecorder *self)
{
  tyto_recorder_stop_mirror (self);
  if (self->phase == RECORDER_STARTING || self->phase == RECORDER_STARTED)
    tyto_recorder_start_mirror (self);
}

void
tyto_recorder_init_mirror (TytoRecorder *self)
{
  static const char *const signals[]
      = { "notify::catalogue-uri", "notify::catalogue-password", "notify::recorder-name" };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect_object (self->settings, signals[i], G_CALLBACK (on_settings), self,
                             G_CONNECT_SWAPPED);
}

void
tyto_recorder_start_mirror (TytoRecorder *self)
{
  const char *uri = tyto_settings_get_string (self->settings, "catalogue-uri");
  g_autofree char *password = NULL;
  g_autoptr (TytoCatalogue) target = NULL;
  g_autoptr (GError) error = NULL;

  if (*uri == '\0') {
    tyto_catalogue_forget_mirror_async (self->catalogue, NULL, NULL, NULL);
    return;
  }
  password = get_password (self);
  target = tyto_catalogue_new_for_uri (uri, password, &error);
  if (target == NULL) {
    on_failing (NULL, error->message, self);
    return;
  }
  self->mirror = tyto_catalogue_mirror_new (
      self->catalogue, target, tyto_settings_get_string (self->settings, "recorder-name"));
  g_signal_connect (self->mirror, "failing", G_CALLBACK (on_failing), self);
  g_signal_connect (self->mirror, "recovered", G_CALLBACK (on_recovered), self);
  tyto_catalogue_mirror_start (self->mirror);
}

void
tyto_recorder_stop_mirror (TytoRecorder *self)
{
  if (self->mirror == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->mirror, self);
  tyto_catalogue_mirror_stop (self->mirror);
  g_clear_object (&self->mirror);
}

void
tyto_recorder_describe_mirror (TytoRecorder *self, GVariantDict *dict)
{
  const char *failure;
  gint64 oldest_us;

  if (self->mirror == NULL)
    return;
  failure = tyto_catalogue_mirror_get_failure (self->mirror);
  oldest_us = tyto_catalogue_mirror_get_oldest_us (self->mirror);
  g_variant_dict_insert (dict, "mirror_waiting", "t",
                         tyto_catalogue_mirror_get_waiting (self->mirror));
  g_variant_dict_insert (
      dict, "mirror_oldest_seconds", "d",
      oldest_us >= 0 ? (double) MAX (tyto_time_now () - oldest_us, 0) / G_USEC_PER_SEC : 0.0);
  g_variant_dict_insert (dict, "mirror_failure", "s", failure != NULL ? failure : "");
}
