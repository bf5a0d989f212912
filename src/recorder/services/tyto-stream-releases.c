/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-stream-releases.h"

#include "recorder/services/tyto-stream-requests.h"

#define GROUP         "releasing" /* of the state: reservation → camera */
#define RETRY_SECONDS 30

struct _TytoStreamReleases {
  GObject parent_instance;

  TytoServiceClient *client;
  TytoServiceState *state;
  guint n_calls; /* under way */
  guint timer;
};

enum { SIGNAL_IDLE, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoStreamReleases, tyto_stream_releases, G_TYPE_OBJECT)

typedef struct {
  TytoStreamReleases *owner;
  char *id;
} Call;

static gboolean
on_retry_time (gpointer data)
{
  TytoStreamReleases *self = data;

  self->timer = 0;
  tyto_stream_releases_retry (self);
  return G_SOURCE_REMOVE;
}

static void
on_released (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Call *call = data;
  g_autoptr (TytoStreamReleases) self = call->owner;
  g_autofree char *id = call->id;
  g_autoptr (TytoServiceAnswer) answer
      = tyto_service_client_call_finish (TYTO_SERVICE_CLIENT (source), result, NULL);

  /* Whatever a 4xx means, it cannot be given back any better: it ends by itself. */
  if (answer != NULL)
    tyto_service_state_set (self->state, GROUP, id, NULL);
  else if (self->timer == 0)
    self->timer = g_timeout_add_seconds (RETRY_SECONDS, on_retry_time, self);
  if (--self->n_calls == 0)
    g_signal_emit (self, signals[SIGNAL_IDLE], 0);
}

static void
give_back (TytoStreamReleases *self, const char *id)
{
  g_autofree char *path = tyto_stream_requests_path ("release", id);
  Call *call = g_new (Call, 1);

  call->owner = g_object_ref (self);
  call->id = g_strdup (id);
  self->n_calls++;
  tyto_service_client_call_async (
      self->client, &(TytoServiceCall){ .method = "DELETE", .path = path, .tries = 3 }, NULL,
      on_released, call);
}

void
tyto_stream_releases_add (TytoStreamReleases *self, const char *id, const char *camera)
{
  tyto_service_state_set (self->state, GROUP, id, camera);
  if (tyto_service_client_is_on (self->client))
    give_back (self, id);
}

void
tyto_stream_releases_retry (TytoStreamReleases *self)
{
  g_auto (GStrv) ids = tyto_service_state_list (self->state, GROUP);

  g_clear_handle_id (&self->timer, g_source_remove);
  for (guint i = 0; tyto_service_client_is_on (self->client) && ids[i] != NULL; i++)
    give_back (self, ids[i]);
}

void
tyto_stream_releases_forget (TytoStreamReleases *self)
{
  tyto_service_state_forget_group (self->state, GROUP);
}

guint
tyto_stream_releases_get_length (TytoStreamReleases *self)
{
  g_auto (GStrv) ids = tyto_service_state_list (self->state, GROUP);

  return g_strv_length (ids);
}

gboolean
tyto_stream_releases_is_idle (TytoStreamReleases *self)
{
  return self->n_calls == 0;
}

TytoStreamReleases *
tyto_stream_releases_new (TytoServiceClient *client, TytoServiceState *state)
{
  TytoStreamReleases *self = g_object_new (TYTO_TYPE_STREAM_RELEASES, NULL);

  self->client = g_object_ref (client);
  self->state = g_object_ref (state);
  return self;
}

static void
tyto_stream_releases_finalize (GObject *object)
{
  TytoStreamReleases *self = TYTO_STREAM_RELEASES (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_object_unref (self->state);
  g_object_unref (self->client);
  G_OBJECT_CLASS (tyto_stream_releases_parent_class)->finalize (object);
}

static void
tyto_stream_releases_class_init (TytoStreamReleasesClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_stream_releases_finalize;
  signals[SIGNAL_IDLE] = g_signal_new ("idle", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_stream_releases_init (TytoStreamReleases *self)
{
}
