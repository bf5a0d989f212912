/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archive-target.h"

G_DEFINE_INTERFACE (TytoArchiveTarget, tyto_archive_target, G_TYPE_OBJECT)

enum { SIGNAL_BEGUN, SIGNAL_PROGRESS, SIGNAL_READY, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoArchiveObject *
tyto_archive_object_new (const char *key, guint64 size, const char *sha256, const char *id)
{
  TytoArchiveObject *self = g_new0 (TytoArchiveObject, 1);

  self->key = g_strdup (key);
  self->size = size;
  self->sha256 = g_strdup (sha256 != NULL ? sha256 : "");
  self->id = g_strdup (id != NULL ? id : "");
  return self;
}

void
tyto_archive_object_free (TytoArchiveObject *self)
{
  g_free (self->key);
  g_free (self->sha256);
  g_free (self->id);
  g_free (self);
}

gboolean
tyto_archive_target_is_ready (TytoArchiveTarget *self)
{
  return TYTO_ARCHIVE_TARGET_GET_IFACE (self)->is_ready (self);
}

void
tyto_archive_target_send_async (TytoArchiveTarget *self, const TytoUpload *upload, const char *key,
                                GHashTable *metadata, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  TYTO_ARCHIVE_TARGET_GET_IFACE (self)->send_async (self, upload, key, metadata, cancellable,
                                                    callback, user_data);
}

TytoArchiveObject *
tyto_archive_target_send_finish (TytoArchiveTarget *self, GAsyncResult *result, GError **error)
{
  return TYTO_ARCHIVE_TARGET_GET_IFACE (self)->send_finish (self, result, error);
}

void
tyto_archive_target_go_on (TytoArchiveTarget *self, const char *id)
{
  TYTO_ARCHIVE_TARGET_GET_IFACE (self)->go_on (self, id);
}

void
tyto_archive_target_look_async (TytoArchiveTarget *self, const char *key, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  TYTO_ARCHIVE_TARGET_GET_IFACE (self)->look_async (self, key, cancellable, callback, user_data);
}

gboolean
tyto_archive_target_look_finish (TytoArchiveTarget *self, GAsyncResult *result,
                                 TytoArchiveObject **object, GError **error)
{
  return TYTO_ARCHIVE_TARGET_GET_IFACE (self)->look_finish (self, result, object, error);
}

void
tyto_archive_target_remove_async (TytoArchiveTarget *self, const char *key, const char *upload,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  TYTO_ARCHIVE_TARGET_GET_IFACE (self)->remove_async (self, key, upload, cancellable, callback,
                                                      user_data);
}

gboolean
tyto_archive_target_remove_finish (TytoArchiveTarget *self, GAsyncResult *result, GError **error)
{
  return TYTO_ARCHIVE_TARGET_GET_IFACE (self)->remove_finish (self, result, error);
}

void
tyto_archive_target_clean_async (TytoArchiveTarget *self, const char *key, const char *keep,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  TytoArchiveTargetInterface *iface = TYTO_ARCHIVE_TARGET_GET_IFACE (self);
  g_autoptr (GTask) task = NULL;

  if (iface->clean_async != NULL) {
    iface->clean_async (self, key, keep, cancellable, callback, user_data);
    return;
  }
  task = g_task_new (self, NULL, callback, user_data);
  g_task_return_boolean (task, TRUE);
}

gboolean
tyto_archive_target_clean_finish (TytoArchiveTarget *self, GAsyncResult *result, GError **error)
{
  TytoArchiveTargetInterface *iface = TYTO_ARCHIVE_TARGET_GET_IFACE (self);

  return iface->clean_finish != NULL ? iface->clean_finish (self, result, error)
                                     : g_task_propagate_boolean (G_TASK (result), error);
}

char *
tyto_archive_target_describe (TytoArchiveTarget *self)
{
  return TYTO_ARCHIVE_TARGET_GET_IFACE (self)->describe (self);
}

void
tyto_archive_target_tell_begun (TytoArchiveTarget *self, const char *id, const char *upload)
{
  g_signal_emit (self, signals[SIGNAL_BEGUN], 0, id, upload);
}

void
tyto_archive_target_tell_progress (TytoArchiveTarget *self, const char *id, guint64 sent,
                                   guint64 total, guint64 rate)
{
  g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, id, sent, total, rate);
}

void
tyto_archive_target_tell_ready (TytoArchiveTarget *self)
{
  g_signal_emit (self, signals[SIGNAL_READY], 0);
}

static void
tyto_archive_target_default_init (TytoArchiveTargetInterface *iface)
{
  GType type = G_TYPE_FROM_INTERFACE (iface);

  signals[SIGNAL_BEGUN] = g_signal_new ("begun", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_PROGRESS]
      = g_signal_new ("progress", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                      G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_UINT64);
  signals[SIGNAL_READY]
      = g_signal_new ("ready", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}
