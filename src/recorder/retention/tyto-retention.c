/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-retention.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/retention/tyto-file-beneath.h"
#include "recorder/retention/tyto-retention-private.h"
#include "recorder/retention/tyto-retention-schedule.h"
#include "store/tyto-catalogue-upkeep.h"

/* A run that was missed is made up this much later than the start, when cameras are connected. */
#define AFTER_START_US (5 * 60 * (gint64) G_USEC_PER_SEC)
/* How often it is looked whether a run is due: the clock may be set meanwhile. */
#define LOOK_S          20
#define RESUME_S        1
#define RETRY_S         60
#define RETRY_MAX_S     3600
#define DEFAULT_MINUTES 180

G_DEFINE_FINAL_TYPE (TytoRetention, tyto_retention, G_TYPE_OBJECT)

enum { PROP_BUSY = 1, N_PROPERTIES };

static GParamSpec *properties[N_PROPERTIES];

static void
update_busy (TytoRetention *self)
{
  gboolean busy = self->running || self->resuming;

  if (self->busy == busy)
    return;
  self->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

/* --- What is deleted from --- */

static GStrv
make_roots (TytoRetention *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, tyto_settings_get_string (self->settings, "output-dir"));
  g_strv_builder_addv (builder, (const char **) tyto_tier_mover_get_directories (self->mover));
  return g_strv_builder_end (builder);
}

/* (transfer full) (nullable) */
static TytoS3Client *
make_store (TytoRetention *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoS3Config) config = tyto_settings_get_s3_config (self->settings, &error);
  TytoS3Client *store = config != NULL ? tyto_s3_client_new (config, &error) : NULL;

  if (error != NULL)
    g_warning ("Nothing can be deleted from the object store: %s", error->message);
  return store;
}

TytoDeletionPlace
tyto_retention_get_place (TytoRetention *self, TytoS3Client **store, GStrv *roots)
{
  const char *url = tyto_settings_get_string (self->settings, "storage-service-url");

  *store = make_store (self);
  *roots = make_roots (self);
  return (TytoDeletionPlace){ .catalogue = self->catalogue,
                              .store = *store,
                              .service = *url != '\0' ? self->service : NULL,
                              .roots = (const char *const *) *roots };
}

void
tyto_retention_set_service (TytoRetention *self, TytoArchiveTarget *service)
{
  g_set_object (&self->service, service);
}

void
tyto_retention_set_broadcasts (TytoRetention *self, const TytoBroadcastRemover *remover)
{
  self->remover = *remover;
}

char *
tyto_retention_get_root (TytoRetention *self, const char *path)
{
  g_auto (GStrv) roots = make_roots (self);
  const char *root = tyto_file_beneath_find_root ((const char *const *) roots, path);

  return g_strdup (root != NULL ? root : roots[0]);
}

void
tyto_retention_judge_failure (TytoRetention *self, const GError *error)
{
  g_autofree char *why = NULL;
  g_autofree char *message = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error == NULL) {
    tyto_alerts_clear (self->alerts, "retention", "", "What is no longer kept is deleted again");
    return;
  }
  why = tyto_error_why (error);
  message = g_strdup_printf ("Recordings that are no longer kept could not be deleted: %s\n%s", why,
                             tyto_error_hint (error) != NULL ? tyto_error_hint (error)
                                                             : "It is tried again by itself.");
  tyto_alerts_raise (self->alerts, "retention", "warning", "", message);
}

void
tyto_retention_count (TytoRetention *self, const TytoDeleted *deleted)
{
  self->deleted_segments += deleted->segments;
  self->deleted_bytes += deleted->bytes;
}

/* --- What is left of earlier --- */

static gboolean resume (gpointer data);
static void begin (TytoRetention *self);
static void update_busy (TytoRetention *self);

static void
on_resumed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetention) self = data;
  g_autoptr (GError) error = NULL;
  TytoDeleted deleted;
  gboolean done = tyto_deletion_resume_finish (result, &deleted, &error);

  tyto_retention_count (self, &deleted);
  self->resuming = FALSE;
  update_busy (self);
  if (deleted.segments > 0)
    g_message ("Deleted %" G_GUINT64_FORMAT " recordings whose deletion was begun earlier",
               deleted.segments);
  if (!self->started)
    return;
  tyto_retention_judge_failure (self, error);
  self->retry_s = done ? 0 : CLAMP (2 * self->retry_s, RETRY_S, RETRY_MAX_S);
  if (!done && self->retry_source == 0)
    self->retry_source = g_timeout_add_seconds (self->retry_s, resume, self);
  if (self->run_wanted && self->pauses == 0)
    begin (self);
}

static gboolean
resume (gpointer data)
{
  TytoRetention *self = data;
  g_autoptr (TytoS3Client) store = NULL;
  g_auto (GStrv) roots = NULL;
  TytoDeletionPlace place;

  self->retry_source = 0;
  self->resume_wanted = self->pauses > 0;
  if (self->busy || self->resume_wanted) /* the run does it, or it is done later */
    return G_SOURCE_REMOVE;
  self->resuming = TRUE;
  update_busy (self);
  place = tyto_retention_get_place (self, &store, &roots);
  tyto_deletion_resume_async (&place, self->cancellable, on_resumed, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

void
tyto_retention_retry (TytoRetention *self)
{
  if (self->started && self->retry_source == 0)
    self->retry_source = g_timeout_add_seconds (RETRY_S, resume, self);
}

/* --- Runs --- */

static void
on_run_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetention) self = data;
  g_autoptr (GError) error = NULL;
  const TytoDeleted *done = tyto_retention_run_get_done (TYTO_RETENTION_RUN (source));
  guint64 n_broadcasts = tyto_retention_run_get_broadcasts (TYTO_RETENTION_RUN (source));
  g_autofree char *size = g_format_size (done->bytes);

  tyto_retention_run_begin_finish (TYTO_RETENTION_RUN (source), result, &error);
  tyto_retention_count (self, done);
  self->deleted_broadcasts += n_broadcasts;
  g_message ("Retention: deleted %" G_GUINT64_FORMAT " recordings, %s, and %" G_GUINT64_FORMAT
             " broadcasts%s%s",
             done->segments, size, n_broadcasts, error != NULL ? "; " : "",
             error != NULL ? error->message : "");
  self->running = FALSE;
  update_busy (self);
  tyto_retention_save (self);
  if (!self->started)
    return;
  tyto_retention_judge_failure (self, error);
  if (error != NULL)
    tyto_retention_retry (self);
  tyto_retention_look (self);
}

static void
on_outlook_for_run (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetention) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoRetentionOutlook) outlook = tyto_retention_outlook_finish (result, &error);
  g_autofree char *camera = g_steal_pointer (&self->run_camera);

  self->run_wanted = FALSE;
  if (outlook == NULL || !self->started) {
    self->running = FALSE;
    update_busy (self);
    if (self->started)
      tyto_retention_judge_failure (self, error);
    return;
  }
  g_clear_object (&self->run);
  self->run = tyto_retention_make_run (self, TYTO_RETENTION_DELETE, outlook, camera);
  tyto_retention_run_begin_async (self->run, self->cancellable, on_run_ended, g_object_ref (self));
}

static void
begin (TytoRetention *self)
{
  self->running = TRUE;
  update_busy (self);
  tyto_retention_outlook_async (self->settings, self->catalogue, self->cancellable,
                                on_outlook_for_run, g_object_ref (self));
}

/* When what is marked is being deleted, after that. */
static void
want_run (TytoRetention *self, const char *camera)
{
  g_free (self->run_camera);
  self->run_camera = g_strdup (camera);
  self->run_wanted = TRUE;
  if (!self->resuming && self->pauses == 0)
    begin (self);
}

void
tyto_retention_pause (TytoRetention *self)
{
  self->pauses++;
}

void
tyto_retention_unpause (TytoRetention *self)
{
  g_return_if_fail (self->pauses > 0);

  if (--self->pauses > 0 || !self->started)
    return;
  if (self->run_wanted && !self->running && !self->resuming)
    begin (self); /* which resumes first */
  else if (self->resume_wanted)
    resume (self);
}

gboolean
tyto_retention_begin (TytoRetention *self, const char *camera, GError **error)
{
  if (self->started && !self->running && !self->run_wanted) {
    want_run (self, camera);
    return TRUE;
  }
  if (self->started)
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Wait until it is over.",
                    "Retention is running already");
  else
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Try again in some seconds.",
                    "The recorder is starting or shutting down");
  return FALSE;
}

/* --- The daily run --- */

static gint64
get_due (TytoRetention *self, gint64 now_us)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  guint minutes = DEFAULT_MINUTES;

  tyto_retention_schedule_parse (tyto_settings_get_string (self->settings, "retention-time"),
                                 &minutes);
  return tyto_retention_schedule_due (minutes, zone, self->last_daily_us, self->started_us,
                                      AFTER_START_US, now_us);
}

static void look_later (TytoRetention *self);

static gboolean
look_at_clock (gpointer data)
{
  TytoRetention *self = data;
  gint64 now_us = tyto_time_now ();

  self->due_us = get_due (self, now_us);
  if (!self->running && !self->run_wanted && now_us >= self->due_us) {
    /* Kept before: a run that ends the process is not begun again and again. */
    self->last_daily_us = now_us;
    tyto_retention_save (self);
    self->due_us = get_due (self, now_us);
    want_run (self, NULL);
  }
  look_later (self);
  return G_SOURCE_REMOVE;
}

static void
look_later (TytoRetention *self)
{
  gint64 left_ms = (self->due_us - tyto_time_now ()) / 1000 + 1;

  self->source = g_timeout_add ((guint) CLAMP (left_ms, 1000, LOOK_S * 1000), look_at_clock, self);
}

static void
on_settings (TytoRetention *self)
{
  if (self->started)
    self->due_us = get_due (self, tyto_time_now ());
}

void
tyto_retention_start (TytoRetention *self)
{
  self->started = TRUE;
  self->started_us = tyto_time_now ();
  /* From the first start on, a run can be missed. */
  if (self->last_daily_us < 0) {
    self->last_daily_us = self->started_us;
    tyto_retention_save (self);
  }
  self->due_us = get_due (self, self->started_us);
  look_later (self);
  tyto_retention_watch (self);
  /* The comparison of files and rows at the start comes first. */
  self->retry_source = g_timeout_add_seconds (RESUME_S, resume, self);
}

void
tyto_retention_stop (TytoRetention *self)
{
  self->started = FALSE;
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_handle_id (&self->outlook_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
}

/* A run of which nothing is known yet. */
static GVariant *
describe_wanted (void)
{
  g_autofree char *now = tyto_time_format (tyto_time_now ());
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "state", "s", "running");
  g_variant_dict_insert (&dict, "dry_run", "b", FALSE);
  g_variant_dict_insert (&dict, "started_at", "s", now);
  g_variant_dict_insert (&dict, "segments", "t", (guint64) 0);
  g_variant_dict_insert (&dict, "bytes", "t", (guint64) 0);
  g_variant_dict_insert (&dict, "thumbnails", "t", (guint64) 0);
  g_variant_dict_insert (&dict, "failed", "t", (guint64) 0);
  g_variant_dict_insert (&dict, "error", "s", "");
  g_variant_dict_insert_value (&dict, "cameras",
                               g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

GVariant *
tyto_retention_get_last_run (TytoRetention *self)
{
  if (self->run_wanted)
    return describe_wanted ();
  if (self->run != NULL)
    return g_variant_ref_sink (tyto_retention_run_to_variant (self->run));
  return self->last_run != NULL ? g_variant_ref (self->last_run) : NULL;
}

const TytoRetentionOutlook *
tyto_retention_get_outlook (TytoRetention *self)
{
  return self->outlook;
}

guint64
tyto_retention_get_deleted_segments (TytoRetention *self)
{
  return self->deleted_segments;
}

guint64
tyto_retention_get_deleted_bytes (TytoRetention *self)
{
  return self->deleted_bytes;
}

guint64
tyto_retention_get_deleted_broadcasts (TytoRetention *self)
{
  return self->deleted_broadcasts;
}

static void
tyto_retention_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_BUSY)
    g_value_set_boolean (value, TYTO_RETENTION (object)->busy);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
tyto_retention_dispose (GObject *object)
{
  TytoRetention *self = TYTO_RETENTION (object);

  tyto_retention_stop (self);
  g_signal_handlers_disconnect_by_data (self->settings, self);
  G_OBJECT_CLASS (tyto_retention_parent_class)->dispose (object);
}

static void
tyto_retention_finalize (GObject *object)
{
  TytoRetention *self = TYTO_RETENTION (object);

  /* What is under way ends after dispose, and needs them. */
  g_clear_object (&self->run);
  g_clear_object (&self->settings);
  g_clear_object (&self->catalogue);
  g_clear_object (&self->alerts);
  g_clear_object (&self->mover);
  g_clear_object (&self->service);
  g_clear_pointer (&self->last_run, g_variant_unref);
  g_clear_pointer (&self->outlook, tyto_retention_outlook_free);
  g_hash_table_unref (self->unknown);
  g_object_unref (self->cancellable);
  g_free (self->run_camera);
  G_OBJECT_CLASS (tyto_retention_parent_class)->finalize (object);
}

static void
tyto_retention_class_init (TytoRetentionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = tyto_retention_get_property;
  object_class->dispose = tyto_retention_dispose;
  object_class->finalize = tyto_retention_finalize;
  properties[PROP_BUSY]
      = g_param_spec_boolean ("busy", NULL, NULL, FALSE,
                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
tyto_retention_init (TytoRetention *self)
{
  self->cancellable = g_cancellable_new ();
  self->unknown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

TytoRetention *
tyto_retention_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoAlerts *alerts,
                    TytoTierMover *mover)
{
  TytoRetention *self = g_object_new (TYTO_TYPE_RETENTION, NULL);

  self->settings = g_object_ref (settings);
  self->catalogue = g_object_ref (catalogue);
  self->alerts = g_object_ref (alerts);
  self->mover = g_object_ref (mover);
  tyto_retention_load (self);
  g_signal_connect_swapped (settings, "notify", G_CALLBACK (on_settings), self);
  return self;
}
