/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-worker-slot.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "recorder/tyto-camera-events.h"
#include "recorder/tyto-restart-policy.h"
#include "recorder/tyto-worker-member.h"
#include "recorder/tyto-worker-news.h"

/* Settings that a worker refused (a missing directory, say) are tried again after this long. */
#define REFUSED_RETRY_S 30

struct _TytoWorkerSlot {
  GObject parent_instance;

  TytoWorkerLauncher *launcher;
  guint number;
  GHashTable *members;        /* (element-type utf8 TytoWorkerMember): by camera id */
  TytoWorkerProcess *process; /* nullable */
  TytoWorkerNews *news;       /* nullable: while connected */
  TytoRestartPolicy policy;
  guint start_source;   /* waits to start the process again */
  guint refused_source; /* waits to try refused settings again */
  gboolean shutting_down;
};

G_DEFINE_FINAL_TYPE (TytoWorkerSlot, tyto_worker_slot, G_TYPE_OBJECT)

enum { SIGNAL_SETTLED, SIGNAL_RELEASED, SIGNAL_ENDED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void reconcile (TytoWorkerSlot *self, TytoWorkerMember *member);
static void ensure_process (TytoWorkerSlot *self);

TytoWorkerSlot *
tyto_worker_slot_new (TytoWorkerLauncher *launcher, guint number)
{
  TytoWorkerSlot *self = g_object_new (TYTO_TYPE_WORKER_SLOT, NULL);

  self->launcher = g_object_ref (launcher);
  self->number = number;
  return self;
}

static TytoLinkWorker1 *
get_link (TytoWorkerSlot *self)
{
  if (self->process == NULL || tyto_worker_process_is_stopping (self->process))
    return NULL;
  return tyto_worker_process_get_link (self->process);
}

/* One call about one member. */
typedef struct {
  TytoWorkerSlot *slot;
  TytoWorkerProcess *process;
  char *camera;
  GVariant *settings; /* nullable */
} Step;

static Step *
step_new (TytoWorkerSlot *self, TytoWorkerMember *member, GVariant *settings)
{
  Step *step = g_new0 (Step, 1);

  step->slot = g_object_ref (self);
  step->process = g_object_ref (self->process);
  step->camera = g_strdup (tyto_camera_get_id (member->camera));
  if (settings != NULL)
    step->settings = g_variant_ref (settings);
  return step;
}

static void
step_free (Step *step)
{
  g_object_unref (step->slot);
  g_object_unref (step->process);
  g_free (step->camera);
  g_clear_pointer (&step->settings, g_variant_unref);
  g_free (step);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Step, step_free)

/* The member that @step was for, or NULL when its worker has died since: that is dealt with
 * there. */
static TytoWorkerMember *
step_get_member (Step *step)
{
  if (step->slot->process != step->process)
    return NULL;
  return g_hash_table_lookup (step->slot->members, step->camera);
}

static gboolean
on_refused_retry (gpointer data)
{
  TytoWorkerSlot *self = data;
  g_autoptr (GList) members = g_hash_table_get_values (self->members);

  self->refused_source = 0;
  for (GList *l = members; l != NULL; l = l->next) {
    TytoWorkerMember *member = l->data;

    g_clear_pointer (&member->refused, g_variant_unref);
    reconcile (self, member);
  }
  return G_SOURCE_REMOVE;
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Step) step = data;
  g_autoptr (GError) error = NULL;
  TytoWorkerSlot *self = step->slot;
  TytoWorkerMember *member;

  tyto_link_worker1_call_add_camera_finish (TYTO_LINK_WORKER1 (source), result, &error);
  member = step_get_member (step);
  if (member == NULL)
    return;

  if (error == NULL) {
    member->link = TYTO_MEMBER_PRESENT;
    member->applied = g_variant_ref (step->settings);
    tyto_camera_set_worker (member->camera, tyto_worker_process_get_pid (self->process));
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS)) {
    member->link = TYTO_MEMBER_PRESENT; /* with settings unlike ours: it is removed first */
  } else {
    g_dbus_error_strip_remote_error (error);
    member->link = TYTO_MEMBER_ABSENT;
    member->refused = g_variant_ref (step->settings);
    tyto_camera_refused (member->camera, error);
    if (self->refused_source == 0)
      self->refused_source = g_timeout_add_seconds (REFUSED_RETRY_S, on_refused_retry, self);
  }
  reconcile (self, member);
}

static void
begin_add (TytoWorkerSlot *self, TytoWorkerMember *member)
{
  member->link = TYTO_MEMBER_ADDING;
  g_clear_pointer (&member->refused, g_variant_unref);
  tyto_link_worker1_call_add_camera (get_link (self), tyto_camera_get_id (member->camera),
                                     member->wanted, NULL, on_added,
                                     step_new (self, member, member->wanted));
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Step) step = data;
  g_autoptr (GError) error = NULL;
  TytoWorkerMember *member;

  tyto_link_worker1_call_remove_camera_finish (TYTO_LINK_WORKER1 (source), result, &error);
  member = step_get_member (step);
  if (member == NULL)
    return;
  if (error != NULL && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    tyto_log_camera (step->camera, G_LOG_LEVEL_WARNING,
                     "The worker does not let go of the camera (%s); it is killed", error->message);
    tyto_worker_process_kill (step->process);
    return;
  }
  tyto_worker_member_lost (member);
  tyto_camera_set_worker (member->camera, 0);
  reconcile (step->slot, member);
}

static void
begin_remove (TytoWorkerSlot *self, TytoWorkerMember *member)
{
  member->link = TYTO_MEMBER_REMOVING;
  tyto_link_worker1_call_remove_camera (get_link (self), tyto_camera_get_id (member->camera), NULL,
                                        on_removed, step_new (self, member, NULL));
}

static void
forget (TytoWorkerSlot *self, TytoWorkerMember *member)
{
  g_autoptr (TytoCamera) camera = g_object_ref (member->camera);

  g_hash_table_remove (self->members, tyto_camera_get_id (camera));
  if (g_hash_table_size (self->members) == 0) {
    g_clear_handle_id (&self->start_source, g_source_remove);
    if (self->process != NULL && !tyto_worker_process_is_stopping (self->process))
      tyto_worker_process_stop (self->process);
  }
  g_signal_emit (self, signals[SIGNAL_RELEASED], 0, camera);
}

static void
reconcile (TytoWorkerSlot *self, TytoWorkerMember *member)
{
  if (self->shutting_down)
    return;
  switch (tyto_worker_member_next (member)) {
  case TYTO_MEMBER_FORGET:
    forget (self, member);
    return;
  case TYTO_MEMBER_ADD:
    if (get_link (self) != NULL)
      begin_add (self, member);
    else
      ensure_process (self);
    break;
  case TYTO_MEMBER_REMOVE:
    if (get_link (self) != NULL)
      begin_remove (self, member);
    return; /* without a link its worker is about to be told dead */
  case TYTO_MEMBER_WAIT:
    break;
  }
  if (tyto_worker_slot_is_settled (self, member->camera))
    g_signal_emit (self, signals[SIGNAL_SETTLED], 0, member->camera);
}

static void
reconcile_all (TytoWorkerSlot *self)
{
  g_autoptr (GList) members = g_hash_table_get_values (self->members);

  for (GList *l = members; l != NULL; l = l->next)
    reconcile (self, l->data);
}

static TytoCamera *
look_up (gpointer owner, const char *camera)
{
  TytoWorkerSlot *self = owner;
  TytoWorkerMember *member = g_hash_table_lookup (self->members, camera);

  return member != NULL ? member->camera : NULL;
}

static void
on_connected (TytoWorkerProcess *process, TytoWorkerSlot *self)
{
  self->news = tyto_worker_news_new (tyto_worker_process_get_link (process), look_up, self);
  reconcile_all (self);
}

static gboolean
on_start_time (gpointer data)
{
  TytoWorkerSlot *self = data;

  self->start_source = 0;
  ensure_process (self);
  return G_SOURCE_REMOVE;
}

static void
tell_died (TytoWorkerSlot *self, const char *how, guint delay_ms, gboolean parked)
{
  g_autoptr (GList) members = g_hash_table_get_values (self->members);
  g_autofree char *next = NULL;

  if (parked)
    next = g_strdup_printf ("It died more than %d times in 10 minutes and is tried again in %u "
                            "minutes; start the camera to try now.",
                            TYTO_RESTART_MAX_DEATHS, delay_ms / 60000);
  else
    next = g_strdup_printf ("It is started again in %u s.", delay_ms / 1000);
  g_warning ("Worker %u died: %s. %s", self->number, how, next);
  for (GList *l = members; l != NULL; l = l->next) {
    TytoWorkerMember *member = l->data;

    tyto_worker_member_lost (member);
    tyto_camera_worker_died (member->camera, how, next, parked);
  }
}

static void
on_ended (TytoWorkerProcess *process, const char *how, TytoWorkerSlot *self)
{
  g_autoptr (TytoWorkerProcess) old = g_steal_pointer (&self->process);
  guint delay_ms;
  gboolean parked;

  g_signal_handlers_disconnect_by_data (old, self);
  g_clear_pointer (&self->news, tyto_worker_news_free);
  if (!tyto_worker_process_is_stopping (old)) {
    delay_ms = tyto_restart_policy_died (&self->policy, tyto_worker_process_get_start (old),
                                         g_get_monotonic_time (), &parked);
    self->start_source = g_timeout_add (delay_ms, on_start_time, self);
    tell_died (self, how, delay_ms, parked);
  }
  if (self->shutting_down || g_hash_table_size (self->members) == 0) {
    g_clear_handle_id (&self->start_source, g_source_remove);
    g_signal_emit (self, signals[SIGNAL_ENDED], 0);
    return;
  }
  reconcile_all (self);
}

static void
ensure_process (TytoWorkerSlot *self)
{
  if (self->process != NULL || self->start_source != 0 || self->shutting_down
      || g_hash_table_size (self->members) == 0)
    return;
  self->process = tyto_worker_process_new (self->launcher, self->number);
  g_signal_connect (self->process, "connected", G_CALLBACK (on_connected), self);
  g_signal_connect (self->process, "ended", G_CALLBACK (on_ended), self);
  tyto_worker_process_start (self->process);
}

void
tyto_worker_slot_set (TytoWorkerSlot *self, TytoCamera *camera, GVariant *settings)
{
  TytoWorkerMember *member = g_hash_table_lookup (self->members, tyto_camera_get_id (camera));

  if (member == NULL) {
    if (settings == NULL)
      return;
    member = tyto_worker_member_new (camera);
    g_hash_table_insert (self->members, (gpointer) tyto_camera_get_id (camera), member);
  }
  tyto_worker_member_want (member, settings);
  reconcile (self, member);
}

gboolean
tyto_worker_slot_is_settled (TytoWorkerSlot *self, TytoCamera *camera)
{
  TytoWorkerMember *member = g_hash_table_lookup (self->members, tyto_camera_get_id (camera));

  if (member == NULL)
    return TRUE;
  if (member->link == TYTO_MEMBER_ADDING || member->link == TYTO_MEMBER_REMOVING)
    return FALSE;
  return member->link == TYTO_MEMBER_ABSENT || tyto_worker_member_next (member) == TYTO_MEMBER_WAIT;
}

void
tyto_worker_slot_retry (TytoWorkerSlot *self)
{
  if (self->start_source == 0)
    return;
  tyto_restart_policy_reset (&self->policy);
  g_clear_handle_id (&self->start_source, g_source_remove);
  ensure_process (self);
}

void
tyto_worker_slot_shutdown (TytoWorkerSlot *self)
{
  self->shutting_down = TRUE;
  g_clear_handle_id (&self->start_source, g_source_remove);
  g_clear_handle_id (&self->refused_source, g_source_remove);
  if (self->process != NULL && !tyto_worker_process_is_stopping (self->process))
    tyto_worker_process_stop (self->process);
}

void
tyto_worker_slot_kill (TytoWorkerSlot *self)
{
  if (self->process != NULL)
    tyto_worker_process_kill (self->process);
}

guint
tyto_worker_slot_get_number (TytoWorkerSlot *self)
{
  return self->number;
}

guint
tyto_worker_slot_get_n_cameras (TytoWorkerSlot *self)
{
  return g_hash_table_size (self->members);
}

gboolean
tyto_worker_slot_is_running (TytoWorkerSlot *self)
{
  return self->process != NULL;
}

TytoLinkWorker1 *
tyto_worker_slot_get_link (TytoWorkerSlot *self, TytoCamera *camera)
{
  TytoWorkerMember *member = g_hash_table_lookup (self->members, tyto_camera_get_id (camera));

  return member != NULL && member->link == TYTO_MEMBER_PRESENT ? get_link (self) : NULL;
}

static void
tyto_worker_slot_dispose (GObject *object)
{
  TytoWorkerSlot *self = TYTO_WORKER_SLOT (object);

  g_clear_handle_id (&self->start_source, g_source_remove);
  g_clear_handle_id (&self->refused_source, g_source_remove);
  g_clear_pointer (&self->news, tyto_worker_news_free);
  if (self->process != NULL)
    g_signal_handlers_disconnect_by_data (self->process, self);
  g_clear_object (&self->process);
  G_OBJECT_CLASS (tyto_worker_slot_parent_class)->dispose (object);
}

static void
tyto_worker_slot_finalize (GObject *object)
{
  TytoWorkerSlot *self = TYTO_WORKER_SLOT (object);

  g_hash_table_unref (self->members);
  g_object_unref (self->launcher);
  G_OBJECT_CLASS (tyto_worker_slot_parent_class)->finalize (object);
}

static void
tyto_worker_slot_class_init (TytoWorkerSlotClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_worker_slot_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_worker_slot_finalize;
  signals[SIGNAL_SETTLED] = g_signal_new ("settled", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, TYTO_TYPE_CAMERA);
  signals[SIGNAL_RELEASED] = g_signal_new ("released", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                                           NULL, G_TYPE_NONE, 1, TYTO_TYPE_CAMERA);
  signals[SIGNAL_ENDED]
      = g_signal_new ("ended", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_worker_slot_init (TytoWorkerSlot *self)
{
  tyto_restart_policy_init (&self->policy);
  self->members = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                         (GDestroyNotify) tyto_worker_member_free);
}
