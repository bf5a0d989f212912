/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-worker-cameras.h"

#include "worker/tyto-thumbnailer.h"

struct _TytoWorkerCameras {
  GObject parent_instance;

  TytoWorkerTeller *teller;
  GHashTable *captures; /* (element-type utf8 TytoCapture): by camera */
  TytoThumbnailThread *thumbnail_thread;
};

G_DEFINE_FINAL_TYPE (TytoWorkerCameras, tyto_worker_cameras, G_TYPE_OBJECT)

TytoWorkerCameras *
tyto_worker_cameras_new (TytoWorkerTeller *teller)
{
  TytoWorkerCameras *self = g_object_new (TYTO_TYPE_WORKER_CAMERAS, NULL);

  self->teller = g_object_ref (teller);
  return self;
}

static void
on_state (TytoCapture *capture, const char *state, GVariant *details, TytoWorkerTeller *teller)
{
  tyto_worker_teller_take_state (teller, tyto_capture_get_camera (capture), state, details);
}

/* Takes what a capture tells for news of that kind. */
#define NEWS(function, kind)                                                                       \
  static void function (TytoCapture *capture, GVariant *dict, TytoWorkerTeller *teller)            \
  {                                                                                                \
    tyto_worker_teller_take_news (teller, kind, tyto_capture_get_camera (capture), dict);          \
  }

NEWS (on_run_started, TYTO_WORKER_NEWS_RUN_STARTED)
NEWS (on_run_ended, TYTO_WORKER_NEWS_RUN_ENDED)
NEWS (on_segment_opened, TYTO_WORKER_NEWS_SEGMENT_OPENED)
NEWS (on_segment_closed, TYTO_WORKER_NEWS_SEGMENT_CLOSED)
NEWS (on_gap, TYTO_WORKER_NEWS_GAP)
NEWS (on_thumbnail, TYTO_WORKER_NEWS_THUMBNAIL_TAKEN)

void
tyto_worker_cameras_add (TytoWorkerCameras *self, const char *camera, GVariant *dict,
                         TytoCaptureSettings *settings)
{
  TytoCapture *capture = tyto_capture_new (camera, settings, self->thumbnail_thread);

  tyto_worker_teller_add_camera (self->teller, camera, dict);
  g_object_connect (capture, "signal::state", on_state, self->teller, "signal::run-started",
                    on_run_started, self->teller, "signal::run-ended", on_run_ended, self->teller,
                    "signal::segment-opened", on_segment_opened, self->teller,
                    "signal::segment-closed", on_segment_closed, self->teller, "signal::gap",
                    on_gap, self->teller, "signal::thumbnail", on_thumbnail, self->teller, NULL);
  g_hash_table_insert (self->captures, g_strdup (camera), capture);
  tyto_capture_start (capture);
}

gboolean
tyto_worker_cameras_remove (TytoWorkerCameras *self, TytoCapture *capture)
{
  const char *camera = tyto_capture_get_camera (capture);

  if (g_hash_table_lookup (self->captures, camera) != capture)
    return FALSE;
  tyto_worker_teller_remove_camera (self->teller, camera);
  g_hash_table_remove (self->captures, camera);
  return TRUE;
}

void
tyto_worker_cameras_drop (TytoWorkerCameras *self)
{
  g_hash_table_remove_all (self->captures);
}

TytoCapture *
tyto_worker_cameras_look_up (TytoWorkerCameras *self, const char *camera)
{
  return g_hash_table_lookup (self->captures, camera);
}

guint
tyto_worker_cameras_get_n (TytoWorkerCameras *self)
{
  return g_hash_table_size (self->captures);
}

GList *
tyto_worker_cameras_list (TytoWorkerCameras *self)
{
  return g_hash_table_get_values (self->captures);
}

/* @describe: gives a camera's part, which is of the type @member; NULL: it has none. */
static GVariant *
collect (TytoWorkerCameras *self, const GVariantType *member,
         GVariant *(*describe) (TytoCapture *capture))
{
  g_autoptr (GVariantType) entry = g_variant_type_new_dict_entry (G_VARIANT_TYPE_STRING, member);
  g_autoptr (GVariantType) all = g_variant_type_new_array (entry);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (all);
  GHashTableIter iter;
  gpointer camera, capture;

  g_hash_table_iter_init (&iter, self->captures);
  while (g_hash_table_iter_next (&iter, &camera, &capture)) {
    GVariant *part = describe (capture);

    if (part != NULL)
      g_variant_builder_add_value (&builder,
                                   g_variant_new_dict_entry (g_variant_new_string (camera), part));
  }
  return g_variant_builder_end (&builder);
}

GVariant *
tyto_worker_cameras_get_statistics (TytoWorkerCameras *self)
{
  return collect (self, G_VARIANT_TYPE_VARDICT, tyto_capture_get_statistics);
}

GVariant *
tyto_worker_cameras_get_figures (TytoWorkerCameras *self)
{
  return collect (self, G_VARIANT_TYPE ("(sxbxttttt)"), tyto_capture_get_figures);
}

static void
tyto_worker_cameras_finalize (GObject *object)
{
  TytoWorkerCameras *self = TYTO_WORKER_CAMERAS (object);

  g_hash_table_unref (self->captures);
  tyto_thumbnail_thread_free (self->thumbnail_thread);
  g_object_unref (self->teller);
  G_OBJECT_CLASS (tyto_worker_cameras_parent_class)->finalize (object);
}

static void
tyto_worker_cameras_class_init (TytoWorkerCamerasClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tyto_worker_cameras_finalize;
}

static void
tyto_worker_cameras_init (TytoWorkerCameras *self)
{
  self->captures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->thumbnail_thread = tyto_thumbnailer_new_thread ();
}
