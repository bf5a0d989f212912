/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-slot-private.h"

#include "base/tyto-json.h"
#include "recorder/cameras/tyto-camera-events.h"
#include "recorder/workers/tyto-worker-attachment.h"

G_DEFINE_FINAL_TYPE (TytoWorkerSlot, tyto_worker_slot, G_TYPE_OBJECT)

enum { SIGNAL_SETTLED, SIGNAL_RELEASED, SIGNAL_ADOPTED, SIGNAL_DIED, SIGNAL_ENDED, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoWorkerSlot *
tyto_worker_slot_new (TytoWorkerLauncher *launcher, TytoEntryQueue *entries, guint number)
{
  TytoWorkerSlot *self = g_object_new (TYTO_TYPE_WORKER_SLOT, NULL);

  self->launcher = g_object_ref (launcher);
  self->entries = g_object_ref (entries);
  self->number = number;
  return self;
}

TytoLinkWorker1 *
tyto_worker_slot_get_live_link (TytoWorkerSlot *self)
{
  if (self->process == NULL || tyto_worker_process_is_stopping (self->process)
      || tyto_worker_process_get_state (self->process) == NULL)
    return NULL;
  return tyto_worker_process_get_link (self->process);
}

/* A worker of an earlier version is replaced when it has nothing to record anyway. */
static gboolean
replace_process (TytoWorkerSlot *self)
{
  GHashTableIter iter;
  gpointer member;

  if (tyto_worker_slot_get_live_link (self) == NULL
      || tyto_worker_attachment_is_current (tyto_worker_process_get_state (self->process)))
    return FALSE;
  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, NULL, &member)) {
    if (((TytoWorkerMember *) member)->link != TYTO_MEMBER_ABSENT)
      return FALSE;
  }
  tyto_worker_process_stop (self->process);
  return TRUE;
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

void
tyto_worker_slot_reconcile (TytoWorkerSlot *self, TytoWorkerMember *member)
{
  if (self->shutting_down)
    return;
  switch (tyto_worker_member_next (member)) {
  case TYTO_MEMBER_FORGET:
    forget (self, member);
    return;
  case TYTO_MEMBER_ADD:
    if (tyto_worker_slot_get_live_link (self) == NULL)
      tyto_worker_slot_ensure_process (self);
    else if (!replace_process (self))
      tyto_worker_slot_begin_add (self, member);
    break;
  case TYTO_MEMBER_REMOVE:
    if (tyto_worker_slot_get_live_link (self) != NULL)
      tyto_worker_slot_begin_remove (self, member);
    return; /* without a link its worker is about to be told dead */
  case TYTO_MEMBER_WAIT:
    break;
  }
  if (tyto_worker_slot_is_settled (self, member->camera))
    g_signal_emit (self, signals[SIGNAL_SETTLED], 0, member->camera);
}

/* All cameras are added by calls that are under way at once, but do not connect at once. */
static void
reconcile_all (TytoWorkerSlot *self)
{
  g_autoptr (GList) members = g_hash_table_get_values (self->members);
  guint stagger_ms = tyto_worker_launcher_get_stagger_ms (self->launcher);

  for (GList *l = members; l != NULL; l = l->next) {
    tyto_worker_slot_reconcile (self, l->data);
    self->connect_delay_ms += stagger_ms;
  }
  self->connect_delay_ms = 0;
}

static TytoCamera *
look_up (gpointer owner, const char *camera)
{
  TytoWorkerSlot *self = owner;
  TytoWorkerMember *member = g_hash_table_lookup (self->members, camera);

  return member != NULL ? member->camera : NULL;
}

static void
on_linked (TytoWorkerProcess *process, TytoWorkerSlot *self)
{
  self->news
      = tyto_worker_news_new (tyto_worker_process_get_link (process), self->entries, look_up, self);
}

static void
on_connected (TytoWorkerProcess *process, TytoWorkerSlot *self)
{
  GVariant *state = tyto_worker_process_get_state (process);

  if (!self->adopting) {
    tyto_worker_news_release (self->news);
    reconcile_all (self);
    return;
  }
  self->adopting = FALSE;
  self->attachment = g_variant_ref (state);
  tyto_worker_slot_allow_known (self);
  g_message ("Worker %u (process %u) has been recording on", self->number,
             tyto_worker_process_get_pid (process));
  if (!tyto_worker_attachment_is_current (state))
    g_message ("Worker %u runs version %s, tytod %s: it is replaced when its recording is next "
               "interrupted",
               self->number, tyto_dict_string (state, "version", "?"), TYTO_VERSION);
  g_signal_emit (self, signals[SIGNAL_ADOPTED], 0);
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

/* What was held back is not lost with the worker. */
static void
drop_news (TytoWorkerSlot *self)
{
  if (self->news != NULL) {
    tyto_worker_news_release (self->news);
    tyto_worker_news_stop (self->news);
  }
  g_clear_object (&self->news);
  g_clear_pointer (&self->attachment, g_variant_unref);
}

static void
on_ended (TytoWorkerProcess *process, const char *how, TytoWorkerSlot *self)
{
  g_autoptr (TytoWorkerProcess) old = g_steal_pointer (&self->process);
  g_autofree char *why = g_steal_pointer (&self->restart_why);
  guint delay_ms;

  g_signal_handlers_disconnect_by_data (old, self);
  drop_news (self);
  if ((!tyto_worker_process_is_stopping (old) || why != NULL) && !self->adopting) {
    delay_ms = tyto_restart_policy_died (&self->policy, tyto_worker_process_get_start (old),
                                         g_get_monotonic_time (), &self->parked);
    tyto_worker_slot_start_after (self, delay_ms);
    tell_died (self, why != NULL ? why : how, delay_ms, self->parked);
    g_signal_emit (self, signals[SIGNAL_DIED], 0);
  }
  self->adopting = FALSE;
  if (self->shutting_down || g_hash_table_size (self->members) == 0) {
    g_clear_handle_id (&self->start_source, g_source_remove);
    g_signal_emit (self, signals[SIGNAL_ENDED], 0);
    return;
  }
  reconcile_all (self);
}

static void
make_process (TytoWorkerSlot *self)
{
  self->process = tyto_worker_process_new (self->launcher, self->number);
  g_signal_connect (self->process, "linked", G_CALLBACK (on_linked), self);
  g_signal_connect (self->process, "connected", G_CALLBACK (on_connected), self);
  g_signal_connect (self->process, "ended", G_CALLBACK (on_ended), self);
}

void
tyto_worker_slot_ensure_process (TytoWorkerSlot *self)
{
  if (self->process != NULL || self->start_source != 0 || self->shutting_down
      || g_hash_table_size (self->members) == 0)
    return;
  make_process (self);
  tyto_worker_process_start (self->process);
}

void
tyto_worker_slot_adopt (TytoWorkerSlot *self)
{
  self->adopting = TRUE;
  make_process (self);
  tyto_worker_process_adopt (self->process);
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
    tyto_worker_member_want (member, settings);
    if (self->attachment != NULL)
      tyto_worker_slot_claim (self, member);
  }
  tyto_worker_member_want (member, settings);
  tyto_worker_slot_reconcile (self, member);
}

GVariant *
tyto_worker_slot_give (TytoWorkerSlot *self, TytoCamera *camera)
{
  TytoWorkerMember *member = g_hash_table_lookup (self->members, tyto_camera_get_id (camera));
  GVariant *settings;

  g_return_val_if_fail (member != NULL && member->link == TYTO_MEMBER_ABSENT, NULL);

  if (member->wanted == NULL)
    return NULL;
  settings = g_variant_ref (member->wanted);
  g_hash_table_remove (self->members, tyto_camera_get_id (camera));
  return settings;
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
tyto_worker_slot_shutdown (TytoWorkerSlot *self)
{
  self->shutting_down = TRUE;
  g_clear_handle_id (&self->start_source, g_source_remove);
  g_clear_handle_id (&self->refused_source, g_source_remove);
  if (self->process != NULL && !tyto_worker_process_is_stopping (self->process))
    tyto_worker_process_stop (self->process);
}

void
tyto_worker_slot_leave (TytoWorkerSlot *self)
{
  self->shutting_down = TRUE;
  g_clear_handle_id (&self->start_source, g_source_remove);
  g_clear_handle_id (&self->refused_source, g_source_remove);
  if (self->news != NULL)
    tyto_worker_news_stop (self->news);
  if (self->process == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->process, self);
  tyto_worker_process_leave (self->process);
  g_clear_object (&self->process);
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

GPtrArray *
tyto_worker_slot_list_cameras (TytoWorkerSlot *self)
{
  GPtrArray *cameras = g_ptr_array_new_full (g_hash_table_size (self->members), g_object_unref);
  GHashTableIter iter;
  gpointer member;

  g_hash_table_iter_init (&iter, self->members);
  while (g_hash_table_iter_next (&iter, NULL, &member))
    g_ptr_array_add (cameras, g_object_ref (((TytoWorkerMember *) member)->camera));
  return cameras;
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

  return member != NULL && member->link == TYTO_MEMBER_PRESENT
             ? tyto_worker_slot_get_live_link (self)
             : NULL;
}

static void
tyto_worker_slot_dispose (GObject *object)
{
  TytoWorkerSlot *self = TYTO_WORKER_SLOT (object);

  g_clear_handle_id (&self->start_source, g_source_remove);
  g_clear_handle_id (&self->refused_source, g_source_remove);
  if (self->news != NULL)
    tyto_worker_news_stop (self->news);
  g_clear_object (&self->news);
  g_clear_pointer (&self->attachment, g_variant_unref);
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
  g_object_unref (self->entries);
  g_free (self->restart_why);
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
  signals[SIGNAL_ADOPTED]
      = g_signal_new ("adopted", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_DIED]
      = g_signal_new ("died", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
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
