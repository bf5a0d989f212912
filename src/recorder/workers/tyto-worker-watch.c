/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-watch.h"

#include "recorder/cameras/tyto-camera-facts.h"
#include "recorder/workers/tyto-watch-policy.h"
#include "recorder/workers/tyto-worker-look.h"

#define INTERVAL_S 5
#define MIB        (G_GUINT64_CONSTANT (1024) * 1024)

/* What is known of a camera's recording. */
typedef struct {
  TytoCameraPolicy policy;
  guint pid; /* 0: none */
  guint64 memory;
  double cpu; /* -1: not known */
  guint64 memory_restarts;
  guint64 stuck_restarts;
  guint64 stalled_reconnects;
  guint64 silent_reconnects;
} Recording;

/* What is known of a process. */
typedef struct {
  TytoWorkerPolicy policy;
  gboolean asked;     /* to be started anew */
  GPtrArray *cameras; /* (element-type TytoCamera): of the present look */
} Worker;

struct _TytoWorkerWatch {
  GObject parent_instance;

  TytoSettings *settings;
  TytoAlerts *alerts;
  GHashTable *cameras;
  GHashTable *recordings; /* (element-type utf8 Recording): by camera */
  GHashTable *workers;    /* (element-type uint Worker): by process */
  gboolean looking;
  guint source;
};

G_DEFINE_FINAL_TYPE (TytoWorkerWatch, tyto_worker_watch, G_TYPE_OBJECT)

enum { SIGNAL_RESTART_WORKER, SIGNAL_RESTART_CAMERA, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
worker_free (Worker *worker)
{
  g_ptr_array_unref (worker->cameras);
  g_free (worker);
}

static Recording *
get_recording (TytoWorkerWatch *self, TytoCamera *camera)
{
  const char *id = tyto_camera_get_id (camera);
  Recording *recording = g_hash_table_lookup (self->recordings, id);

  if (recording == NULL) {
    recording = g_new0 (Recording, 1);
    recording->cpu = -1;
    tyto_camera_policy_init (&recording->policy);
    g_hash_table_insert (self->recordings, g_strdup (id), recording);
  }
  return recording;
}

static Worker *
get_worker (TytoWorkerWatch *self, guint pid)
{
  Worker *worker = g_hash_table_lookup (self->workers, GUINT_TO_POINTER (pid));

  if (worker == NULL) {
    worker = g_new0 (Worker, 1);
    worker->cameras = g_ptr_array_new_with_free_func (g_object_unref);
    g_hash_table_insert (self->workers, GUINT_TO_POINTER (pid), worker);
  }
  return worker;
}

/* Raises @kind for @camera while @bad. */
static void
hold (TytoWorkerWatch *self, TytoCamera *camera, gboolean bad, const char *kind,
      const char *severity, const char *message, const char *good)
{
  if (bad)
    tyto_alerts_raise (self->alerts, kind, severity, tyto_camera_get_id (camera), message);
  else
    tyto_alerts_clear (self->alerts, kind, tyto_camera_get_id (camera), good);
}

/* A camera more in the same process may use a quarter more memory, and as much CPU again. */
static TytoWorkerLimits
get_limits (TytoWorkerWatch *self, guint n_cameras)
{
  guint64 memory = tyto_settings_get_uint (self->settings, "worker-memory-mib") * MIB;

  return (TytoWorkerLimits){
    .memory = memory + memory / 4 * (n_cameras - 1),
    .cpu = tyto_settings_get_uint (self->settings, "worker-cpu-percent") / 100.0 * n_cameras,
  };
}

static void
tell_worker (TytoWorkerWatch *self, Worker *worker, const TytoWorkerVerdict *verdict,
             guint64 memory, const TytoWorkerLimits *limits)
{
  g_autofree char *heavy = g_strdup_printf (
      "Its worker has %" G_GUINT64_FORMAT
      " MiB of memory of its own, more than the %" G_GUINT64_FORMAT
      " MiB that worker-memory-mib allows it: it is started anew, its segments finished",
      memory / MIB, limits->memory / MIB);
  g_autofree char *busy = g_strdup_printf (
      "Its worker used %.0f %% of a core over the last minute, more than the %.0f %% that "
      "worker-cpu-percent allows it",
      verdict->cpu * 100, limits->cpu * 100);

  for (guint i = 0; i < worker->cameras->len; i++) {
    TytoCamera *camera = worker->cameras->pdata[i];

    hold (self, camera, verdict->high_memory || worker->asked, "high-memory", "warning", heavy,
          "Its worker's memory is below the limit");
    if (verdict->cpu >= 0)
      hold (self, camera, verdict->high_cpu, "high-cpu", "warning", busy,
            "Its worker's CPU use is below the limit");
  }
}

static void
judge_worker (TytoWorkerWatch *self, Worker *worker, const TytoProcessSample *sample)
{
  TytoWorkerLimits limits = get_limits (self, worker->cameras->len);
  TytoWorkerVerdict verdict = tyto_worker_policy_judge (&worker->policy, g_get_monotonic_time (),
                                                        sample->cpu_us, sample->memory, &limits);
  g_autofree char *why = NULL;

  tell_worker (self, worker, &verdict, sample->memory, &limits);
  for (guint i = 0; i < worker->cameras->len; i++) {
    Recording *recording = get_recording (self, worker->cameras->pdata[i]);

    recording->memory = sample->memory;
    recording->cpu = verdict.cpu;
    recording->memory_restarts += verdict.restart && !worker->asked;
  }
  if (!verdict.restart || worker->asked)
    return;
  worker->asked = TRUE;
  why = g_strdup_printf ("it was ended for its memory, %" G_GUINT64_FORMAT " MiB",
                         sample->memory / MIB);
  g_signal_emit (self, signals[SIGNAL_RESTART_WORKER], 0, worker->cameras->pdata[0], why);
}

static void
judge_workers (TytoWorkerWatch *self, TytoWorkerLook *look)
{
  g_autoptr (GList) pids = g_hash_table_get_keys (self->workers);

  for (GList *l = pids; l != NULL; l = l->next) {
    Worker *worker = g_hash_table_lookup (self->workers, l->data);
    const TytoProcessSample *sample
        = tyto_worker_look_get_process (look, GPOINTER_TO_UINT (l->data));

    if (worker->cameras->len == 0)
      g_hash_table_remove (self->workers, l->data);
    else if (sample != NULL)
      judge_worker (self, worker, sample);
  }
}

/* While a disk is full or slow the recording is not to blame. */
static gboolean
is_recording (const TytoCameraFacts *facts)
{
  return facts->state == TYTO_CAMERA_STATE_RECORDING
         && (facts->gap_reason == NULL || !g_str_has_prefix (facts->gap_reason, "disk"));
}

static void
judge_recording (TytoWorkerWatch *self, TytoCamera *camera, TytoWorkerLook *look)
{
  Recording *recording = get_recording (self, camera);
  TytoCameraFacts facts;
  TytoCameraVerdict verdict;

  tyto_camera_get_facts (camera, &facts);
  verdict = tyto_camera_policy_judge (
      &recording->policy, g_get_monotonic_time (), is_recording (&facts),
      tyto_worker_look_get_size (look, tyto_camera_get_id (camera)), facts.segment_seconds);
  hold (self, camera, verdict.low_rate, "low-recording-rate", "warning",
        "Fewer than 2 segments were finished in the time of 3: its key frames may be further "
        "apart than the segments are long",
        "Segments are finished as often as they should be");
  hold (self, camera, verdict.unstable, "camera-unstable", "critical",
        "Its recording stood still and was started anew more than 5 times in 10 minutes; it is "
        "left alone for 30 minutes",
        "Its recording is watched again");
  if (!verdict.restart)
    return;
  recording->stuck_restarts++;
  g_signal_emit (self, signals[SIGNAL_RESTART_CAMERA], 0, camera,
                 "no segment was finished in twice its time, and nothing is written");
}

static void
judge_recordings (TytoWorkerWatch *self, TytoWorkerLook *look)
{
  g_autoptr (GList) cameras = g_hash_table_get_values (self->cameras);

  for (GList *l = cameras; l != NULL; l = l->next)
    judge_recording (self, l->data, look);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWorkerWatch) self = data;
  g_autoptr (TytoWorkerLook) look = tyto_worker_look_finish (result);

  self->looking = FALSE;
  if (self->source == 0)
    return; /* disposed of meanwhile */
  judge_workers (self, look);
  judge_recordings (self, look);
}

static void
prepare (TytoWorkerWatch *self, TytoWorkerLook *look)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->workers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_set_size (((Worker *) value)->cameras, 0);
  g_hash_table_iter_init (&iter, self->cameras);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Recording *recording = get_recording (self, value);
    TytoCameraFacts facts;

    tyto_camera_get_facts (value, &facts);
    recording->pid = facts.worker_pid;
    recording->cpu = facts.worker_pid != 0 ? recording->cpu : -1;
    if (facts.worker_pid != 0)
      g_ptr_array_add (get_worker (self, facts.worker_pid)->cameras, g_object_ref (value));
    tyto_worker_look_add (look, tyto_camera_get_id (value), facts.worker_pid, facts.current_path);
  }
}

static gboolean
on_time (gpointer data)
{
  TytoWorkerWatch *self = data;
  TytoWorkerLook *look;

  if (self->looking)
    return G_SOURCE_CONTINUE;
  look = tyto_worker_look_new ();
  prepare (self, look);
  self->looking = TRUE;
  tyto_worker_look_async (look, on_looked, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

void
tyto_worker_watch_run_ended (TytoWorkerWatch *self, TytoCamera *camera, const char *reason)
{
  Recording *recording = get_recording (self, camera);

  recording->stalled_reconnects += g_str_equal (reason, "camera-stalled");
  recording->silent_reconnects += g_str_equal (reason, "camera-silent");
}

void
tyto_worker_watch_segment_closed (TytoWorkerWatch *self, TytoCamera *camera)
{
  tyto_camera_policy_closed (&get_recording (self, camera)->policy, g_get_monotonic_time ());
}

void
tyto_worker_watch_forget (TytoWorkerWatch *self, TytoCamera *camera)
{
  g_hash_table_remove (self->recordings, tyto_camera_get_id (camera));
}

gboolean
tyto_worker_watch_is_writing (TytoWorkerWatch *self, gint64 limit_us)
{
  gint64 now_us = g_get_monotonic_time ();
  gboolean any = FALSE;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->recordings);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    gboolean writing = FALSE;

    if (!tyto_camera_policy_should_write (&((Recording *) value)->policy, now_us, limit_us,
                                          &writing))
      continue;
    if (writing)
      return TRUE;
    any = TRUE;
  }
  return !any;
}

GArray *
tyto_worker_watch_list (TytoWorkerWatch *self)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (TytoWatchFigures));
  GHashTableIter iter;
  gpointer id, value;

  g_hash_table_iter_init (&iter, self->recordings);
  while (g_hash_table_iter_next (&iter, &id, &value)) {
    const Recording *recording = value;
    const TytoWatchFigures figures = {
      .camera = id,
      .has_worker = recording->pid != 0,
      .worker_memory = recording->memory,
      .worker_cpu = recording->pid != 0 ? recording->cpu : -1,
      .memory_restarts = recording->memory_restarts,
      .stuck_restarts = recording->stuck_restarts,
      .stalled_reconnects = recording->stalled_reconnects,
      .silent_reconnects = recording->silent_reconnects,
    };

    g_array_append_val (list, figures);
  }
  return list;
}

TytoWorkerWatch *
tyto_worker_watch_new (TytoSettings *settings, GHashTable *cameras, TytoAlerts *alerts)
{
  TytoWorkerWatch *self = g_object_new (TYTO_TYPE_WORKER_WATCH, NULL);

  self->settings = g_object_ref (settings);
  self->cameras = g_hash_table_ref (cameras);
  self->alerts = g_object_ref (alerts);
  self->source = g_timeout_add_seconds (INTERVAL_S, on_time, self);
  return self;
}

static void
tyto_worker_watch_dispose (GObject *object)
{
  TytoWorkerWatch *self = TYTO_WORKER_WATCH (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_hash_table_remove_all (self->workers);
  g_clear_pointer (&self->cameras, g_hash_table_unref);
  g_clear_object (&self->settings);
  g_clear_object (&self->alerts);
  G_OBJECT_CLASS (tyto_worker_watch_parent_class)->dispose (object);
}

static void
tyto_worker_watch_finalize (GObject *object)
{
  TytoWorkerWatch *self = TYTO_WORKER_WATCH (object);

  g_hash_table_unref (self->workers);
  g_hash_table_unref (self->recordings);
  G_OBJECT_CLASS (tyto_worker_watch_parent_class)->finalize (object);
}

static void
tyto_worker_watch_class_init (TytoWorkerWatchClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_worker_watch_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_worker_watch_finalize;
  signals[SIGNAL_RESTART_WORKER]
      = g_signal_new ("restart-worker", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                      2, TYTO_TYPE_CAMERA, G_TYPE_STRING);
  signals[SIGNAL_RESTART_CAMERA]
      = g_signal_new ("restart-camera", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                      2, TYTO_TYPE_CAMERA, G_TYPE_STRING);
}

static void
tyto_worker_watch_init (TytoWorkerWatch *self)
{
  self->recordings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->workers = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) worker_free);
}
