/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/archive/tyto-archiver-service.h"

#include "base/tyto-error.h"
#include "base/tyto-sole-client.h"
#include "tyto-worker-link.h"
#include "worker/archive/tyto-archiver-upload.h"

#define OBJECT_PATH "/org/tyto/Archiver"

struct _TytoArchiverService {
  GObject parent_instance;

  TytoSoleClient *client; /* nullable: not listening yet */
  TytoLinkArchiver1 *skeleton;
  TytoArchiverTarget *target; /* (nullable): until it is told */
  GHashTable *uploads;        /* id → TytoArchiverUpload, until they have ended */
  gboolean stopping;
};

enum { SIGNAL_FINISHED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoArchiverService, tyto_archiver_service, G_TYPE_OBJECT)

/* An Upload that waits for its answer. */
typedef struct {
  TytoArchiverService *service;
  GDBusMethodInvocation *invocation;
} Call;

static void
call_free (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
finish_if_idle (TytoArchiverService *self)
{
  if (self->stopping && g_hash_table_size (self->uploads) == 0)
    g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
}

/* Each of those under way has its share of the limit. */
static void
share_bandwidth (TytoArchiverService *self)
{
  guint n = g_hash_table_size (self->uploads);
  guint64 limit = self->target != NULL ? tyto_archiver_target_get_bandwidth (self->target) : 0;
  GHashTableIter iter;
  gpointer upload;

  g_hash_table_iter_init (&iter, self->uploads);
  while (g_hash_table_iter_next (&iter, NULL, &upload))
    tyto_archiver_upload_set_bandwidth (upload, limit > 0 ? MAX (limit / n, 1) : 0);
}

/* --- One upload --- */

static void
on_begun (TytoArchiverUpload *upload, const char *name, TytoArchiverService *self)
{
  tyto_link_archiver1_emit_begun (self->skeleton, tyto_archiver_upload_get_id (upload), name);
}

static void
on_progress (TytoArchiverUpload *upload, guint64 sent, guint64 total, guint64 rate,
             TytoArchiverService *self)
{
  tyto_link_archiver1_emit_progress (self->skeleton, tyto_archiver_upload_get_id (upload), sent,
                                     total, rate);
}

static void
on_ended (TytoArchiverUpload *upload, Call *call)
{
  g_autoptr (TytoArchiverService) self = g_object_ref (call->service);
  GDBusMethodInvocation *invocation = call->invocation;
  GError *error = NULL;
  g_autoptr (GVariant) object = tyto_archiver_upload_finish (upload, &error);

  if (object != NULL)
    tyto_link_archiver1_complete_upload (self->skeleton, invocation, object);
  else
    g_dbus_method_invocation_take_error (invocation, error);
  g_hash_table_remove (self->uploads, tyto_archiver_upload_get_id (upload));
  share_bandwidth (self);
  finish_if_idle (self);
}

static TytoArchiverUpload *
make_upload (TytoArchiverService *self, const char *id, GVariant *file, GError **error)
{
  if (self->stopping)
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, NULL, "The worker is ending.");
  else if (self->target == NULL)
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Call Configure first.",
                    "It is not known where to upload to.");
  else if (g_hash_table_contains (self->uploads, id))
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL, "The upload %s is under way already.", id);
  else
    return tyto_archiver_upload_new (id, file, self->target, error);
  return NULL;
}

static gboolean
on_handle_upload (TytoLinkArchiver1 *skeleton, GDBusMethodInvocation *invocation, const char *id,
                  GVariant *file, TytoArchiverService *self)
{
  GError *error = NULL;
  TytoArchiverUpload *upload = make_upload (self, id, file, &error);
  Call *call;

  if (upload == NULL) {
    g_dbus_method_invocation_take_error (invocation, error);
    return TRUE;
  }
  call = g_new (Call, 1);
  call->service = self;
  call->invocation = invocation;
  g_signal_connect (upload, "begun", G_CALLBACK (on_begun), self);
  g_signal_connect (upload, "progress", G_CALLBACK (on_progress), self);
  g_signal_connect_data (upload, "ended", G_CALLBACK (on_ended), call, call_free, 0);
  g_hash_table_insert (self->uploads, g_strdup (id), upload);
  share_bandwidth (self);
  tyto_archiver_upload_start (upload);
  return TRUE;
}

/* --- Its other methods --- */

static gboolean
on_handle_configure (TytoLinkArchiver1 *skeleton, GDBusMethodInvocation *invocation,
                     GVariant *settings, TytoArchiverService *self)
{
  GError *error = NULL;
  TytoArchiverTarget *target = tyto_archiver_target_new (settings, &error);

  if (target == NULL) {
    g_dbus_method_invocation_take_error (invocation, error);
    return TRUE;
  }
  g_clear_pointer (&self->target, tyto_archiver_target_unref);
  self->target = target;
  share_bandwidth (self);
  tyto_link_archiver1_complete_configure (skeleton, invocation);
  return TRUE;
}

/* The upload @id; answers @invocation with the error when there is none. */
static TytoArchiverUpload *
look_up (TytoArchiverService *self, const char *id, GDBusMethodInvocation *invocation)
{
  TytoArchiverUpload *upload = g_hash_table_lookup (self->uploads, id);

  if (upload == NULL)
    g_dbus_method_invocation_return_error (invocation, TYTO_ERROR, TYTO_ERROR_NOT_FOUND,
                                           "No upload “%s” is under way.", id);
  return upload;
}

static gboolean
on_handle_cancel (TytoLinkArchiver1 *skeleton, GDBusMethodInvocation *invocation, const char *id,
                  gboolean abort, TytoArchiverService *self)
{
  TytoArchiverUpload *upload = look_up (self, id, invocation);

  if (upload != NULL) {
    tyto_archiver_upload_stop (upload, abort);
    tyto_link_archiver1_complete_cancel (skeleton, invocation);
  }
  return TRUE;
}

static gboolean
on_handle_continue (TytoLinkArchiver1 *skeleton, GDBusMethodInvocation *invocation, const char *id,
                    TytoArchiverService *self)
{
  TytoArchiverUpload *upload = look_up (self, id, invocation);

  if (upload != NULL) {
    tyto_archiver_upload_confirm (upload);
    tyto_link_archiver1_complete_continue (skeleton, invocation);
  }
  return TRUE;
}

static gboolean
on_handle_describe (TytoLinkArchiver1 *skeleton, GDBusMethodInvocation *invocation, const char *id,
                    TytoArchiverService *self)
{
  TytoArchiverUpload *upload = look_up (self, id, invocation);

  if (upload != NULL) {
    g_autofree char *line = tyto_archiver_upload_describe (upload);
    tyto_link_archiver1_complete_describe_pipeline (skeleton, invocation, line);
  }
  return TRUE;
}

TytoArchiverService *
tyto_archiver_service_new (void)
{
  return g_object_new (TYTO_TYPE_ARCHIVER_SERVICE, NULL);
}

gboolean
tyto_archiver_service_listen (TytoArchiverService *self, GSocket *socket, GError **error)
{
  self->client = tyto_sole_client_new (G_DBUS_INTERFACE_SKELETON (self->skeleton), OBJECT_PATH);
  g_signal_connect_swapped (self->client, "gone", G_CALLBACK (tyto_archiver_service_stop), self);
  return tyto_sole_client_listen (self->client, socket, error);
}

void
tyto_archiver_service_stop (TytoArchiverService *self)
{
  g_autoptr (GList) uploads = g_hash_table_get_values (self->uploads);

  if (self->stopping)
    return;
  self->stopping = TRUE;
  for (GList *l = uploads; l != NULL; l = l->next)
    tyto_archiver_upload_stop (l->data, FALSE);
  finish_if_idle (self);
}

static void
tyto_archiver_service_dispose (GObject *object)
{
  TytoArchiverService *self = TYTO_ARCHIVER_SERVICE (object);

  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_clear_object (&self->skeleton);
  G_OBJECT_CLASS (tyto_archiver_service_parent_class)->dispose (object);
}

static void
tyto_archiver_service_finalize (GObject *object)
{
  TytoArchiverService *self = TYTO_ARCHIVER_SERVICE (object);

  g_hash_table_unref (self->uploads);
  g_clear_pointer (&self->target, tyto_archiver_target_unref);
  G_OBJECT_CLASS (tyto_archiver_service_parent_class)->finalize (object);
}

static void
tyto_archiver_service_class_init (TytoArchiverServiceClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tyto_archiver_service_dispose;
  object_class->finalize = tyto_archiver_service_finalize;
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", TYTO_TYPE_ARCHIVER_SERVICE,
                                           G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_archiver_service_init (TytoArchiverService *self)
{
  self->skeleton = tyto_link_archiver1_skeleton_new ();
  self->uploads = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  g_object_connect (self->skeleton, "signal::handle-configure", on_handle_configure, self,
                    "signal::handle-upload", on_handle_upload, self, "signal::handle-cancel",
                    on_handle_cancel, self, "signal::handle-continue", on_handle_continue, self,
                    "signal::handle-describe-pipeline", on_handle_describe, self, NULL);
}
