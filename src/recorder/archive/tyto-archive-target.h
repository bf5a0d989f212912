/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-archive-target.h: where recordings are archived: an object store, or another service that
 * takes files. What the upload queue does not know of it stands behind this interface.
 *
 * All of it belongs to the main context in which it was made. Errors are TYTO_ERROR and decide what
 * the queue does: UNAVAILABLE, TIMED_OUT: the target is away or overloaded, nothing else is tried
 * meanwhile; FORBIDDEN, NOT_FOUND: it refuses us (keys, policy, no such bucket), which a person
 * must mend; WRONG_STATE: it is not ready, or what sends died; all others are of the one file
 * alone.
 */
#pragma once

#include "store/tyto-upload.h"

G_BEGIN_DECLS

/**
 * TytoArchiveObject: what the target has.
 * @key: where
 * @size: bytes
 * @sha256: of its content as it was told when it was sent, hex; "" when not known
 * @id: of the upload that it came from; "" when not known: it is none of ours
 */
typedef struct {
  char *key;
  guint64 size;
  char *sha256;
  char *id;
} TytoArchiveObject;

TytoArchiveObject *
tyto_archive_object_new (const char *key, guint64 size, const char *sha256, const char *id);
void tyto_archive_object_free (TytoArchiveObject *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoArchiveObject, tyto_archive_object_free)

#define TYTO_TYPE_ARCHIVE_TARGET (tyto_archive_target_get_type ())
G_DECLARE_INTERFACE (TytoArchiveTarget, tyto_archive_target, TYTO, ARCHIVE_TARGET, GObject)

/**
 * Signals: "begun" (const char *id, const char *upload): the target gave the upload a name under
 * which it can be resumed, and waits for tyto_archive_target_go_on() before it sends more;
 * "progress" (const char *id, guint64 sent, guint64 total, guint64 rate: bytes/s); "ready": what
 * answered WRONG_STATE before may be tried again.
 */

struct _TytoArchiveTargetInterface {
  GTypeInterface parent;

  gboolean (*is_ready) (TytoArchiveTarget *self);
  void (*send_async) (TytoArchiveTarget *self, const TytoUpload *upload, const char *key,
                      GHashTable *metadata, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data);
  TytoArchiveObject *(*send_finish) (TytoArchiveTarget *self, GAsyncResult *result, GError **error);
  void (*go_on) (TytoArchiveTarget *self, const char *id);
  void (*look_async) (TytoArchiveTarget *self, const char *key, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*look_finish) (TytoArchiveTarget *self, GAsyncResult *result,
                           TytoArchiveObject **object, GError **error);
  void (*remove_async) (TytoArchiveTarget *self, const char *key, const char *upload,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
  gboolean (*remove_finish) (TytoArchiveTarget *self, GAsyncResult *result, GError **error);
  /* NULL where nothing is begun: */
  void (*clean_async) (TytoArchiveTarget *self, const char *key, const char *keep,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*clean_finish) (TytoArchiveTarget *self, GAsyncResult *result, GError **error);
  char *(*describe) (TytoArchiveTarget *self);
};

/* Whether it can be sent anything; "ready" tells when it can again. */
gboolean tyto_archive_target_is_ready (TytoArchiveTarget *self);

/**
 * Sends the file at @upload's path as @key; @upload->upload: what "begun" told of an earlier try,
 * which is resumed. @metadata: of tyto-archive-metadata.h; kept with the object. Done when the
 * target has the object whole and it was compared; gives it (its key may be another one that the
 * target chose). Cancelled: stops at once, and can be resumed. (transfer full)
 */
void
tyto_archive_target_send_async (TytoArchiveTarget *self, const TytoUpload *upload, const char *key,
                                GHashTable *metadata, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
TytoArchiveObject *
tyto_archive_target_send_finish (TytoArchiveTarget *self, GAsyncResult *result, GError **error);

/* What "begun" told is kept durably. */
void tyto_archive_target_go_on (TytoArchiveTarget *self, const char *id);

/* What is at @key. @object: (out) (transfer full) (nullable): NULL when there is nothing. */
void
tyto_archive_target_look_async (TytoArchiveTarget *self, const char *key, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_archive_target_look_finish (TytoArchiveTarget *self, GAsyncResult *result,
                                          TytoArchiveObject **object, GError **error);

/* Deletes what is at @key, or only calls off what "begun" told as @upload when it is not "". It is
 * no error when there is nothing. */
void tyto_archive_target_remove_async (TytoArchiveTarget *self, const char *key, const char *upload,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean
tyto_archive_target_remove_finish (TytoArchiveTarget *self, GAsyncResult *result, GError **error);

/* Calls off all that was ever begun at @key, told or not, but @keep ("": all). */
void tyto_archive_target_clean_async (TytoArchiveTarget *self, const char *key, const char *keep,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean
tyto_archive_target_clean_finish (TytoArchiveTarget *self, GAsyncResult *result, GError **error);

/* For people, without keys: "http://host:9000/bucket". (transfer full) */
char *tyto_archive_target_describe (TytoArchiveTarget *self);

/* For those who implement it. */
void tyto_archive_target_tell_begun (TytoArchiveTarget *self, const char *id, const char *upload);
void tyto_archive_target_tell_progress (TytoArchiveTarget *self, const char *id, guint64 sent,
                                        guint64 total, guint64 rate);
void tyto_archive_target_tell_ready (TytoArchiveTarget *self);

G_END_DECLS
