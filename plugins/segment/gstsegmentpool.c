/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentpool.h"

/* What a thread without work waits for. */
typedef enum {
  LEADER,  /* the next entry that is due: it does the work */
  WATCHER, /* an entry that has been due for too long, as the others are busy */
  SPARE,   /* that it becomes one of these, or its end: as who has not worked yet does */
  N_ROLES,
  NONE = N_ROLES,
} Role;

typedef struct {
  GCond wake;
  guint waiting; /* threads: of leaders and watchers never more than one */
  gint64 until;  /* monotonic, µs: of the leader and the watcher, when it wakes by itself */
} Post;

/* µs. Many syncs are due at once, and take long on any busy disk: they get threads more slowly. */
static const struct {
  const gchar *thread;
  gint64 patience; /* with work that is due and has not begun */
  gint64 pace;     /* between two threads more */
} works[GST_SEGMENT_POOL_N_WORKS] = {
  { "segment-writer", 50 * G_TIME_SPAN_MILLISECOND, 10 * G_TIME_SPAN_MILLISECOND },
  { "segment-sync", 250 * G_TIME_SPAN_MILLISECOND, 50 * G_TIME_SPAN_MILLISECOND },
};

struct _GstSegmentPool {
  GstSegmentPoolWork work;
  guint references; /* guarded by the lock of get_shared() */

  GMutex lock;        /* guards what follows; no call is made while it is held */
  GSequence *entries; /* (element-type GstSegmentPoolEntry): soonest due first */
  Post posts[N_ROLES];
  gint64 helped;      /* monotonic, µs: when a watcher last got work */
  GCond returned;     /* a call that somebody waits for */
  GPtrArray *threads; /* (element-type GThread) */
  guint starting;     /* threads that are not in their loop yet */
  guint calls;        /* under way */
  gboolean closing;
};

struct _GstSegmentPoolEntry {
  GstSegmentPool *pool;
  GstSegmentPoolFunc func;
  gpointer owner;
  GSequenceIter *place;
  gint64 due;       /* monotonic, µs; NEVER while it is called */
  gint64 woken;     /* the same: when it was woken while it is called, or NEVER */
  gboolean called;  /* it is being called */
  gboolean removed; /* somebody waits for the call to return */
};

static gpointer run_thread (gpointer data);

G_LOCK_DEFINE_STATIC (shared);
static GstSegmentPool *shared[GST_SEGMENT_POOL_N_WORKS];

static gint
compare_due (gconstpointer a, gconstpointer b, gpointer data)
{
  const GstSegmentPoolEntry *first = a, *second = b;

  return (first->due > second->due) - (first->due < second->due);
}

static void
set_due (GstSegmentPoolEntry *entry, gint64 due)
{
  if (entry->due == due)
    return;
  entry->due = due;
  g_sequence_sort_changed (entry->place, compare_due, NULL);
}

/* Returns: (nullable): the entry that is due first. */
static GstSegmentPoolEntry *
peek (GstSegmentPool *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->entries);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

/* Returns: when a thread in @role has to do something, monotonic, µs. */
static gint64
find_deadline (GstSegmentPool *self, Role role)
{
  const GstSegmentPoolEntry *next = peek (self);

  if (next == NULL || next->due == GST_SEGMENT_POOL_NEVER)
    return GST_SEGMENT_POOL_NEVER;
  if (role != WATCHER)
    return next->due;
  return MAX (next->due + works[self->work].patience, self->helped + works[self->work].pace);
}

/* Wakes who has to know of an entry that is due sooner than it waits for: the watcher only while
 * there is no leader. */
static void
tell (GstSegmentPool *self)
{
  Role role = self->posts[LEADER].waiting > 0 ? LEADER : WATCHER;
  Post *post = &self->posts[role];
  gint64 deadline = find_deadline (self, role);

  if (post->waiting == 0 || deadline >= post->until)
    return;
  post->until = deadline; /* once is enough */
  g_cond_signal (&post->wake);
}

/* With one thread more, if there can be one. */
static void
grow (GstSegmentPool *self)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_try_new (works[self->work].thread, run_thread, self, &error);

  if (thread == NULL) {
    g_warning ("Could not start a thread more to write with: %s", error->message);
    return;
  }
  self->starting++;
  g_ptr_array_add (self->threads, thread);
}

/* Before a call that may take long: there is always a thread that sees when it does. */
static void
leave_guard (GstSegmentPool *self)
{
  if (self->posts[LEADER].waiting > 0 || self->posts[WATCHER].waiting > 0)
    tell (self);
  else if (self->posts[SPARE].waiting > 0)
    g_cond_signal (&self->posts[SPARE].wake);
  else if (self->starting == 0)
    grow (self);
}

static void
call (GstSegmentPool *self, GstSegmentPoolEntry *entry)
{
  gint64 next;

  self->calls++;
  entry->called = TRUE;
  entry->woken = GST_SEGMENT_POOL_NEVER;
  set_due (entry, GST_SEGMENT_POOL_NEVER);
  leave_guard (self);
  g_mutex_unlock (&self->lock);
  next = entry->func (entry->owner);
  g_mutex_lock (&self->lock);
  self->calls--;
  entry->called = FALSE;
  if (entry->removed)
    g_cond_broadcast (&self->returned);
  else /* behind all who are due already */
    set_due (entry, MIN (entry->woken, MAX (next, g_get_monotonic_time ())));
}

static void
wait_as (GstSegmentPool *self, Role role, gint64 until)
{
  Post *post = &self->posts[role];

  post->waiting++;
  post->until = until;
  if (until == GST_SEGMENT_POOL_NEVER)
    g_cond_wait (&post->wake, &self->lock);
  else
    g_cond_wait_until (&post->wake, &self->lock, until);
  post->waiting--;
}

/* A watcher stays one until it gets work; beside others that work, who has none yet watches. */
static Role
choose_role (GstSegmentPool *self, Role role)
{
  if (role == WATCHER)
    return WATCHER;
  if (self->posts[LEADER].waiting == 0 && (role != SPARE || self->calls == 0))
    return LEADER;
  return self->posts[WATCHER].waiting == 0 ? WATCHER : SPARE;
}

/* Returns: (nullable): the entry that the calling thread is to call; %NULL: it is to end. */
static GstSegmentPoolEntry *
wait_for_entry (GstSegmentPool *self, Role role)
{
  gint64 end = g_get_monotonic_time () + GST_SEGMENT_POOL_LINGER;

  while (!self->closing) {
    gint64 now = g_get_monotonic_time ();

    if (role != SPARE && find_deadline (self, role) <= now) {
      if (role == WATCHER)
        self->helped = now;
      return peek (self);
    }
    role = choose_role (self, role);
    if (role == SPARE && now >= end)
      return NULL;
    if (role != LEADER)
      tell (self);
    wait_as (self, role, role == SPARE ? end : find_deadline (self, role));
  }
  return NULL;
}

static gpointer
run_thread (gpointer data)
{
  GstSegmentPool *self = data;
  GstSegmentPoolEntry *entry;

  g_mutex_lock (&self->lock);
  self->starting--;
  for (Role role = SPARE; (entry = wait_for_entry (self, role)) != NULL; role = NONE)
    call (self, entry);
  /* Who ends before the pool is waited for by nobody. */
  if (!self->closing && g_ptr_array_remove_fast (self->threads, g_thread_self ()))
    g_thread_unref (g_thread_self ());
  g_mutex_unlock (&self->lock);
  return NULL;
}

static GstSegmentPool *
pool_new (GstSegmentPoolWork work)
{
  GstSegmentPool *self = g_new0 (GstSegmentPool, 1);

  self->work = work;
  self->references = 1;
  g_mutex_init (&self->lock);
  self->entries = g_sequence_new (NULL);
  for (guint i = 0; i < N_ROLES; i++)
    g_cond_init (&self->posts[i].wake);
  g_cond_init (&self->returned);
  self->threads = g_ptr_array_new ();
  return self;
}

static void
pool_free (GstSegmentPool *self)
{
  g_mutex_lock (&self->lock);
  self->closing = TRUE;
  for (guint i = 0; i < N_ROLES; i++)
    g_cond_broadcast (&self->posts[i].wake);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (self->threads->pdata[i]);
  g_ptr_array_unref (self->threads);
  g_sequence_free (self->entries);
  for (guint i = 0; i < N_ROLES; i++)
    g_cond_clear (&self->posts[i].wake);
  g_cond_clear (&self->returned);
  g_mutex_clear (&self->lock);
  g_free (self);
}

GstSegmentPool *
gst_segment_pool_get_shared (GstSegmentPoolWork work)
{
  GstSegmentPool *pool;

  G_LOCK (shared);
  if (shared[work] == NULL)
    shared[work] = pool_new (work);
  else
    shared[work]->references++;
  pool = shared[work];
  G_UNLOCK (shared);
  return pool;
}

GstSegmentPool *
gst_segment_pool_ref (GstSegmentPool *pool)
{
  G_LOCK (shared);
  pool->references++;
  G_UNLOCK (shared);
  return pool;
}

void
gst_segment_pool_unref (GstSegmentPool *pool)
{
  gboolean last;

  G_LOCK (shared);
  last = --pool->references == 0;
  if (last)
    shared[pool->work] = NULL;
  G_UNLOCK (shared);
  if (last)
    pool_free (pool);
}

GstSegmentPoolEntry *
gst_segment_pool_add (GstSegmentPool *pool, GstSegmentPoolFunc func, gpointer owner)
{
  GstSegmentPoolEntry *entry = g_new0 (GstSegmentPoolEntry, 1);

  entry->pool = gst_segment_pool_ref (pool);
  entry->func = func;
  entry->owner = owner;
  entry->due = entry->woken = GST_SEGMENT_POOL_NEVER;
  g_mutex_lock (&pool->lock);
  entry->place = g_sequence_insert_sorted (pool->entries, entry, compare_due, NULL);
  g_mutex_unlock (&pool->lock);
  return entry;
}

void
gst_segment_pool_wake (GstSegmentPoolEntry *entry)
{
  gst_segment_pool_wake_at (entry, g_get_monotonic_time ());
}

void
gst_segment_pool_wake_at (GstSegmentPoolEntry *entry, gint64 time)
{
  GstSegmentPool *self = entry->pool;

  g_mutex_lock (&self->lock);
  if (entry->called) {
    entry->woken = MIN (entry->woken, time);
  } else {
    set_due (entry, MIN (entry->due, time));
    if (self->threads->len == 0)
      grow (self);
    else
      tell (self);
  }
  g_mutex_unlock (&self->lock);
}

void
gst_segment_pool_remove (GstSegmentPoolEntry *entry)
{
  GstSegmentPool *self = entry->pool;

  g_mutex_lock (&self->lock);
  entry->removed = TRUE;
  while (entry->called)
    g_cond_wait (&self->returned, &self->lock);
  g_sequence_remove (entry->place);
  g_mutex_unlock (&self->lock);
  gst_segment_pool_unref (self);
  g_free (entry);
}

guint
gst_segment_pool_get_n_threads (GstSegmentPool *pool)
{
  guint n_threads;

  g_mutex_lock (&pool->lock);
  n_threads = pool->threads->len;
  g_mutex_unlock (&pool->lock);
  return n_threads;
}
