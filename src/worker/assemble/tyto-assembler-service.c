/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/assemble/tyto-assembler-service.h"

#include "base/tyto-error.h"
#include "base/tyto-sole-client.h"
#include "tyto-worker-link.h"
#include "worker/assemble/tyto-assembly.h"

#define OBJECT_PATH "/org/tyto/Assembler"

struct _TytoAssemblerService {
  GObject parent_instance;

  TytoSoleClient *client; /* nullable: not listening yet */
  TytoLinkAssembler1 *skeleton;
  GCancellable *cancellable;
  guint under_way; /* calls that are not answered */
  gboolean joining;
};

enum { SIGNAL_FINISHED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoAssemblerService, tyto_assembler_service, G_TYPE_OBJECT)

/* A call that waits for its answer. */
typedef struct {
  TytoAssemblerService *service;
  GDBusMethodInvocation *invocation;
} Call;

static Call *
call_new (TytoAssemblerService *self, GDBusMethodInvocation *invocation)
{
  Call *call = g_new (Call, 1);

  call->service = g_object_ref (self);
  call->invocation = invocation;
  self->under_way++;
  return call;
}

/* Answers with @error (transfer full) when there is one. */
static void
call_end (Call *call, GError *error)
{
  TytoAssemblerService *self = call->service;

  if (error != NULL)
    g_dbus_method_invocation_take_error (call->invocation, error);
  self->under_way--;
  if (self->under_way == 0 && g_cancellable_is_cancelled (self->cancellable))
    g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
  g_object_unref (self);
  g_free (call);
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;
  guint64 bytes = tyto_assembly_measure_finish (result, &error);

  if (error == NULL)
    tyto_link_assembler1_complete_measure (call->service->skeleton, call->invocation, bytes);
  call_end (call, error);
}

static gboolean
on_handle_measure (TytoLinkAssembler1 *skeleton, GDBusMethodInvocation *invocation,
                   const char *directory, TytoAssemblerService *self)
{
  tyto_assembly_measure_async (directory, self->cancellable, on_measured,
                               call_new (self, invocation));
  return TRUE;
}

static void
on_progress (guint64 done, guint64 total, gpointer user_data)
{
  Call *call = user_data;

  tyto_link_assembler1_emit_progress (call->service->skeleton, done, total);
}

static void
on_joined (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) joined = tyto_assembly_join_finish (result, &error);

  call->service->joining = FALSE;
  if (joined != NULL)
    tyto_link_assembler1_complete_join (call->service->skeleton, call->invocation, joined);
  call_end (call, error);
}

static gboolean
on_handle_join (TytoLinkAssembler1 *skeleton, GDBusMethodInvocation *invocation,
                const char *directory, const char *output, TytoAssemblerService *self)
{
  if (self->joining) {
    g_dbus_method_invocation_return_error (invocation, TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                                           "A join is under way already.");
    return TRUE;
  }
  self->joining = TRUE;
  tyto_assembly_join_async (directory, output, on_progress, self->cancellable, on_joined,
                            call_new (self, invocation));
  return TRUE;
}

static void
on_digested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;
  g_autofree char *sha256 = tyto_assembly_digest_finish (result, &error);

  if (sha256 != NULL)
    tyto_link_assembler1_complete_digest (call->service->skeleton, call->invocation, sha256);
  call_end (call, error);
}

static gboolean
on_handle_digest (TytoLinkAssembler1 *skeleton, GDBusMethodInvocation *invocation, const char *path,
                  TytoAssemblerService *self)
{
  tyto_assembly_digest_async (path, self->cancellable, on_digested, call_new (self, invocation));
  return TRUE;
}

TytoAssemblerService *
tyto_assembler_service_new (void)
{
  return g_object_new (TYTO_TYPE_ASSEMBLER_SERVICE, NULL);
}

gboolean
tyto_assembler_service_listen (TytoAssemblerService *self, GSocket *socket, GError **error)
{
  self->client = tyto_sole_client_new (G_DBUS_INTERFACE_SKELETON (self->skeleton), OBJECT_PATH);
  g_signal_connect_swapped (self->client, "gone", G_CALLBACK (tyto_assembler_service_stop), self);
  return tyto_sole_client_listen (self->client, socket, error);
}

void
tyto_assembler_service_stop (TytoAssemblerService *self)
{
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  g_cancellable_cancel (self->cancellable);
  if (self->under_way == 0)
    g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
}

static void
tyto_assembler_service_dispose (GObject *object)
{
  TytoAssemblerService *self = TYTO_ASSEMBLER_SERVICE (object);

  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (tyto_assembler_service_parent_class)->dispose (object);
}

static void
tyto_assembler_service_class_init (TytoAssemblerServiceClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tyto_assembler_service_dispose;
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", TYTO_TYPE_ASSEMBLER_SERVICE,
                                           G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_assembler_service_init (TytoAssemblerService *self)
{
  self->skeleton = tyto_link_assembler1_skeleton_new ();
  self->cancellable = g_cancellable_new ();
  g_object_connect (self->skeleton, "signal::handle-measure", on_handle_measure, self,
                    "signal::handle-join", on_handle_join, self, "signal::handle-digest",
                    on_handle_digest, self, NULL);
}
