/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The threads that the writers of a process share. */
#include "segment/gstsegmentpool.h"

#define MANY     64
#define ROUNDS   200
#define TIMEOUT  (30 * G_TIME_SPAN_SECOND)
#define INTERVAL (20 * G_TIME_SPAN_MILLISECOND)

/* What the calls of a test have in common. */
typedef struct {
  GMutex lock;
  GCond changed;
  gboolean shut; /* those that wait at the gate are held */
} Gate;

typedef struct {
  Gate *gate;
  GstSegmentPoolEntry *entry;
  gboolean waits;   /* at the gate, in each call */
  gint64 interval;  /* µs until the next call; 0: none */
  guint left;       /* calls of this interval */
  gint inside;      /* calls under way */
  guint begun;      /* calls; guarded by the gate's lock, like what follows */
  guint ended;      /* calls */
  gint64 asked_for; /* the time that the last call gave */
  gint64 earliest;  /* of the calls, against the time asked for, µs */
} Owner;

static gint64
on_turn (gpointer data)
{
  Owner *owner = data;
  gint64 next = GST_SEGMENT_POOL_NEVER;

  g_assert_cmpint (g_atomic_int_add (&owner->inside, 1), ==, 0);
  g_mutex_lock (&owner->gate->lock);
  if (owner->asked_for != 0)
    owner->earliest = MIN (owner->earliest, g_get_monotonic_time () - owner->asked_for);
  owner->begun++;
  g_cond_broadcast (&owner->gate->changed);
  while (owner->waits && owner->gate->shut)
    g_cond_wait (&owner->gate->changed, &owner->gate->lock);
  if (owner->left > 0) {
    owner->left--;
    next = g_get_monotonic_time () + owner->interval;
  }
  owner->asked_for = next != GST_SEGMENT_POOL_NEVER ? next : 0;
  owner->ended++;
  g_cond_broadcast (&owner->gate->changed);
  g_mutex_unlock (&owner->gate->lock);
  g_assert_true (g_atomic_int_dec_and_test (&owner->inside));
  return next;
}

static void
gate_init (Gate *gate, gboolean shut)
{
  g_mutex_init (&gate->lock);
  g_cond_init (&gate->changed);
  gate->shut = shut;
}

static void
gate_open (Gate *gate)
{
  g_mutex_lock (&gate->lock);
  gate->shut = FALSE;
  g_cond_broadcast (&gate->changed);
  g_mutex_unlock (&gate->lock);
}

static void
gate_clear (Gate *gate)
{
  g_cond_clear (&gate->changed);
  g_mutex_clear (&gate->lock);
}

/* Waits until @count, one of an owner at @gate, has got to @least. */
static void
wait_for (Gate *gate, const guint *count, guint least)
{
  gint64 end = g_get_monotonic_time () + TIMEOUT;

  g_mutex_lock (&gate->lock);
  while (*count < least)
    if (!g_cond_wait_until (&gate->changed, &gate->lock, end))
      g_error ("%u calls instead of %u", *count, least);
  g_mutex_unlock (&gate->lock);
}

static void
add_owners (GstSegmentPool *pool, Gate *gate, Owner *owners, guint n_owners)
{
  for (guint i = 0; i < n_owners; i++) {
    owners[i].gate = gate;
    owners[i].entry = gst_segment_pool_add (pool, on_turn, &owners[i]);
  }
}

static void
remove_owners (Owner *owners, guint n_owners)
{
  for (guint i = 0; i < n_owners; i++)
    gst_segment_pool_remove (owners[i].entry);
}

/* A wake is followed by a whole call, and no two calls of an entry are at once: on_turn() sees. */
static void
test_turns (void)
{
  g_autoptr (GstSegmentPool) pool = gst_segment_pool_get_shared (GST_SEGMENT_POOL_WRITES);
  Owner owners[MANY] = { 0 };
  Gate gate;

  gate_init (&gate, FALSE);
  add_owners (pool, &gate, owners, MANY);
  g_assert_cmpuint (gst_segment_pool_get_n_threads (pool), ==, 0);
  for (guint round = 0; round < ROUNDS; round++)
    for (guint i = 0; i < MANY; i++)
      gst_segment_pool_wake (owners[i].entry);
  for (guint i = 0; i < MANY; i++) {
    guint begun;

    g_mutex_lock (&gate.lock);
    begun = owners[i].begun;
    g_mutex_unlock (&gate.lock);
    gst_segment_pool_wake (owners[i].entry);
    wait_for (&gate, &owners[i].ended, begun + 1);
  }
  /* One that works and one that watches, and a few more when this machine is busy. */
  g_assert_cmpuint (gst_segment_pool_get_n_threads (pool), <=, MANY / 4);
  remove_owners (owners, MANY);
  gate_clear (&gate);
}

/* Who is to be called later is not called sooner, unless woken again. */
static void
test_later (void)
{
  g_autoptr (GstSegmentPool) pool = gst_segment_pool_get_shared (GST_SEGMENT_POOL_SYNCS);
  Owner owner = { .earliest = G_MAXINT64 };
  Gate gate;

  gate_init (&gate, FALSE);
  add_owners (pool, &gate, &owner, 1);
  owner.asked_for = g_get_monotonic_time () + INTERVAL;
  gst_segment_pool_wake_at (owner.entry, owner.asked_for + TIMEOUT);
  gst_segment_pool_wake_at (owner.entry, owner.asked_for);
  wait_for (&gate, &owner.ended, 1);
  g_assert_cmpint (owner.earliest, >=, 0);
  gst_segment_pool_wake_at (owner.entry, g_get_monotonic_time () + TIMEOUT);
  gst_segment_pool_wake (owner.entry);
  wait_for (&gate, &owner.ended, 2);
  remove_owners (&owner, 1);
  gate_clear (&gate);
}

/* However many are stuck, who is not gets called, woken or on time; and those that were woken
 * while they were stuck are called once more. */
static void
test_stuck (void)
{
  g_autoptr (GstSegmentPool) pool = gst_segment_pool_get_shared (GST_SEGMENT_POOL_WRITES);
  Owner stuck[MANY] = { 0 };
  Owner timed = { .interval = INTERVAL, .left = 5, .earliest = G_MAXINT64 };
  Owner woken = { 0 };
  Gate gate;

  gate_init (&gate, TRUE);
  add_owners (pool, &gate, stuck, MANY);
  add_owners (pool, &gate, &timed, 1);
  add_owners (pool, &gate, &woken, 1);
  for (guint i = 0; i < MANY; i++) {
    stuck[i].waits = TRUE;
    gst_segment_pool_wake (stuck[i].entry);
    if (i == 0)
      gst_segment_pool_wake (timed.entry);
  }
  gst_segment_pool_wake (woken.entry);
  wait_for (&gate, &woken.ended, 1);
  wait_for (&gate, &timed.ended, 6);
  g_assert_cmpint (timed.earliest, >=, 0);
  for (guint i = 0; i < MANY; i++) {
    wait_for (&gate, &stuck[i].begun, 1);
    g_assert_cmpuint (stuck[i].ended, ==, 0);
    gst_segment_pool_wake (stuck[i].entry);
  }
  g_assert_cmpuint (gst_segment_pool_get_n_threads (pool), >, MANY);
  g_assert_cmpuint (gst_segment_pool_get_n_threads (pool), <=, MANY + 4);
  gate_open (&gate);
  for (guint i = 0; i < MANY; i++)
    wait_for (&gate, &stuck[i].ended, 2);
  remove_owners (stuck, MANY);
  remove_owners (&timed, 1);
  remove_owners (&woken, 1);
  gate_clear (&gate);
}

static gpointer
remove_in_thread (gpointer data)
{
  Owner *owner = data;

  gst_segment_pool_remove (owner->entry);
  g_mutex_lock (&owner->gate->lock);
  g_assert_cmpuint (owner->begun, ==, owner->ended);
  g_mutex_unlock (&owner->gate->lock);
  return NULL;
}

/* Removing waits for the call under way, and the call it has asked for by then does not come. */
static void
test_remove (void)
{
  g_autoptr (GstSegmentPool) pool = gst_segment_pool_get_shared (GST_SEGMENT_POOL_WRITES);
  Owner owner = { .waits = TRUE, .interval = 0, .left = 1000, .earliest = G_MAXINT64 };
  Owner idle = { 0 };
  GThread *thread;
  Gate gate;

  gate_init (&gate, TRUE);
  add_owners (pool, &gate, &owner, 1);
  add_owners (pool, &gate, &idle, 1);
  gst_segment_pool_wake (owner.entry);
  wait_for (&gate, &owner.begun, 1);
  gst_segment_pool_wake (owner.entry);
  thread = g_thread_new ("remover", remove_in_thread, &owner);
  gst_segment_pool_wake (idle.entry);
  wait_for (&gate, &idle.ended, 1);
  g_assert_cmpuint (owner.ended, ==, 0);
  gate_open (&gate);
  g_thread_join (thread);
  remove_owners (&idle, 1);
  g_assert_cmpuint (idle.ended, ==, 1);
  gate_clear (&gate);
}

/* Threads that were needed once end, all but the one that works and the one that watches. */
static void
test_shrink (void)
{
  g_autoptr (GstSegmentPool) pool = gst_segment_pool_get_shared (GST_SEGMENT_POOL_WRITES);
  Owner stuck[MANY] = { 0 };
  Owner timed = { .interval = INTERVAL, .left = G_MAXUINT, .earliest = G_MAXINT64 };
  gint64 opened;
  Gate gate;

  gate_init (&gate, TRUE);
  add_owners (pool, &gate, stuck, MANY);
  add_owners (pool, &gate, &timed, 1);
  for (guint i = 0; i < MANY; i++) {
    stuck[i].waits = TRUE;
    gst_segment_pool_wake (stuck[i].entry);
  }
  for (guint i = 0; i < MANY; i++)
    wait_for (&gate, &stuck[i].begun, 1);
  opened = g_get_monotonic_time ();
  gate_open (&gate);
  gst_segment_pool_wake (timed.entry);
  for (guint call = 1; gst_segment_pool_get_n_threads (pool) > 2; call++) {
    wait_for (&gate, &timed.ended, call);
    g_assert_cmpint (g_get_monotonic_time () - opened, <, TIMEOUT);
  }
  g_assert_cmpint (g_get_monotonic_time () - opened, >=, GST_SEGMENT_POOL_LINGER);
  remove_owners (stuck, MANY);
  remove_owners (&timed, 1);
  gate_clear (&gate);
}

/* One for all, and a new one after its end. */
static void
test_shared (void)
{
  GstSegmentPool *first = gst_segment_pool_get_shared (GST_SEGMENT_POOL_WRITES);
  GstSegmentPool *second = gst_segment_pool_get_shared (GST_SEGMENT_POOL_WRITES);
  Owner owner = { 0 };
  Gate gate;

  g_assert_true (first == second);
  gst_segment_pool_unref (second);
  gate_init (&gate, FALSE);
  for (guint i = 0; i < 3; i++) {
    add_owners (first, &gate, &owner, 1);
    gst_segment_pool_unref (first);
    gst_segment_pool_wake (owner.entry);
    wait_for (&gate, &owner.ended, i + 1);
    remove_owners (&owner, 1);
    first = gst_segment_pool_get_shared (GST_SEGMENT_POOL_WRITES);
    g_assert_cmpuint (gst_segment_pool_get_n_threads (first), ==, 0);
  }
  gst_segment_pool_unref (first);
  gate_clear (&gate);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/segmentpool/turns", test_turns);
  g_test_add_func ("/segmentpool/later", test_later);
  g_test_add_func ("/segmentpool/stuck", test_stuck);
  g_test_add_func ("/segmentpool/remove", test_remove);
  g_test_add_func ("/segmentpool/shrink", test_shrink);
  g_test_add_func ("/segmentpool/shared", test_shared);
  return g_test_run ();
}
