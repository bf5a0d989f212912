/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The thread that reads many connections. */
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "camera/lean/gstcameraloop.h"

#define FAR      (600 * G_TIME_SPAN_SECOND)
#define DEADLINE (20 * G_TIME_SPAN_SECOND)

static GMutex lock; /* guards the cameras */
static GCond changed;

typedef struct {
  gint ours, theirs; /* sockets */
  GstCameraLoopEntry *entry;
  gint64 period; /* µs; 0: gives nothing */
  gint64 asked;  /* µs: when it wanted to be called */
  guint early;   /* calls more than half a tick before that */
  guint calls;
  guint bytes;
  GThread *thread;
  gboolean once;            /* has had enough after a call */
  gboolean block;           /* stays in the call */
  guint inside;             /* 1: the call */
  gboolean leave;           /* removes itself */
  GstCameraLoop *unref;     /* (nullable): and drops this */
  GstCameraLoopEntry *kill; /* (nullable): removes this one */
  gint64 blocked;           /* µs in the call */
} Camera;

static gboolean
run (gpointer owner, guint8 *buffer, gint64 now, gint64 *next)
{
  Camera *camera = owner;
  gssize n = recv (camera->ours, buffer, GST_CAMERA_LOOP_BUFFER, MSG_DONTWAIT);
  gboolean more;

  g_mutex_lock (&lock);
  g_assert_cmpuint (camera->inside, ==, 0);
  camera->inside = 1;
  camera->thread = g_thread_self ();
  camera->early += camera->asked != 0 && now < camera->asked - GST_CAMERA_LOOP_TICK / 2;
  camera->bytes += (guint) MAX (n, 0);
  g_cond_broadcast (&changed);
  while (camera->block)
    g_cond_wait (&changed, &lock);
  camera->blocked += g_get_monotonic_time () - now;
  if (camera->period != 0)
    camera->asked = *next = now + camera->period;
  more = !camera->once && n != 0;
  if (camera->kill != NULL)
    gst_camera_loop_remove (g_steal_pointer (&camera->kill));
  if (camera->leave)
    gst_camera_loop_remove (camera->entry);
  g_clear_pointer (&camera->unref, gst_camera_loop_unref);
  camera->inside = 0;
  camera->calls++;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
  return more;
}

static const GstCameraLoopFuncs funcs = { run };

static Camera *
camera_new (GstCameraLoop *loop, gint64 period)
{
  Camera *camera = g_new0 (Camera, 1);
  gint pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  camera->ours = pair[0];
  camera->theirs = pair[1];
  camera->period = period;
  g_mutex_lock (&lock); /* as long as it does not know its entry */
  if (loop != NULL)
    camera->entry = gst_camera_loop_add (loop, camera->ours, &funcs, camera);
  g_mutex_unlock (&lock);
  return camera;
}

static void
camera_free (Camera *camera)
{
  if (camera->entry != NULL)
    gst_camera_loop_remove (camera->entry);
  close (camera->ours);
  if (camera->theirs >= 0)
    close (camera->theirs);
  g_free (camera);
}

static void
camera_send (Camera *camera)
{
  g_assert_cmpint (send (camera->theirs, "12345678", 8, MSG_NOSIGNAL), ==, 8);
}

/* Waits until @number is at least @least. */
static void
await (const guint *number, guint least)
{
  gint64 end = g_get_monotonic_time () + DEADLINE;

  g_mutex_lock (&lock);
  while (*number < least)
    g_assert_true (g_cond_wait_until (&changed, &lock, end));
  g_mutex_unlock (&lock);
}

static guint
get (const guint *number)
{
  guint now;

  g_mutex_lock (&lock);
  now = *number;
  g_mutex_unlock (&lock);
  return now;
}

static void
set (gboolean *flag, gboolean value)
{
  g_mutex_lock (&lock);
  *flag = value;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

/* Lets all that was due or readable when it was called be called: what is woken comes after that.
 */
static void
pass (GstCameraLoop *loop)
{
  Camera *last = camera_new (loop, FAR);

  for (guint i = 1; i <= 3; i++) {
    await (&last->calls, i);
    gst_camera_loop_wake (last->entry);
  }
  await (&last->calls, 4);
  camera_free (last);
}

static GstCameraLoop *
make_loop (void)
{
  g_autoptr (GError) error = NULL;
  GstCameraLoop *loop = gst_camera_loop_new ("loop", &error);

  g_assert_no_error (error);
  return loop;
}

static void
test_many (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  Camera *cameras[300];
  gint64 start = g_get_monotonic_time ();

  for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
    cameras[i] = camera_new (loop, (i % 4 + 1) * 30 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpuint (gst_camera_loop_get_size (loop), ==, G_N_ELEMENTS (cameras));
  for (guint turn = 1; turn <= 3; turn++) {
    for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
      camera_send (cameras[i]);
    for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
      await (&cameras[i]->bytes, 8 * turn);
  }
  for (guint i = 0; i < G_N_ELEMENTS (cameras); i++) {
    gint64 elapsed, round;

    g_mutex_lock (&lock);
    elapsed = g_get_monotonic_time () - start;
    g_assert_true (cameras[i]->thread == cameras[0]->thread);
    g_assert_cmpuint (cameras[i]->early, ==, 0);
    g_assert_cmpint (cameras[i]->calls, <=, 2 + elapsed / GST_CAMERA_LOOP_TICK);
    round = gst_camera_loop_get_round (cameras[i]->entry, start, GST_CAMERA_LOOP_TICK);
    g_assert_true (round > start && round <= start + GST_CAMERA_LOOP_TICK);
    g_assert_cmpint (gst_camera_loop_get_round (cameras[0]->entry, round - 1, GST_CAMERA_LOOP_TICK),
                     ==, round); /* the same for all */
    g_mutex_unlock (&lock);
  }
  for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
    camera_free (cameras[i]);
  g_assert_cmpuint (gst_camera_loop_get_size (loop), ==, 0);
  g_assert_cmpint (gst_camera_loop_take_longest (loop), >, 0);
}

/* Later than the wheel turns once. */
static void
test_late (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  gint64 start = g_get_monotonic_time ();
  Camera *camera = camera_new (loop, 1500 * G_TIME_SPAN_MILLISECOND);
  Camera *other = camera_new (loop, 40 * G_TIME_SPAN_MILLISECOND);

  await (&camera->calls, 2);
  g_assert_cmpuint (camera->early, ==, 0);
  g_assert_cmpint (get (&other->calls), <=,
                   2 + (g_get_monotonic_time () - start) / GST_CAMERA_LOOP_TICK / 2);
  g_assert_cmpint (get (&camera->calls), <=,
                   2 + (g_get_monotonic_time () - start) / (1490 * G_TIME_SPAN_MILLISECOND));
  camera_free (camera);
  camera_free (other);
}

/* Who says nothing of the next time is called at each tick, and no more often. */
static void
test_greedy (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  gint64 start = g_get_monotonic_time ();
  Camera *greedy = camera_new (loop, 0);
  Camera *other = camera_new (loop, GST_CAMERA_LOOP_TICK);

  await (&other->calls, 10);
  await (&greedy->calls, 10);
  g_assert_cmpint (get (&greedy->calls), <=,
                   2 + (g_get_monotonic_time () - start) / GST_CAMERA_LOOP_TICK);
  camera_free (greedy);
  camera_free (other);
}

static void
test_live (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  Camera *camera = camera_new (loop, FAR);
  guint calls;

  await (&camera->calls, 1);
  g_assert_true (gst_camera_loop_set_live (camera->entry, TRUE));
  g_assert_true (gst_camera_loop_set_live (camera->entry, TRUE));
  for (guint i = 1; i <= 50; i++) {
    camera_send (camera);
    await (&camera->bytes, 8 * i);
  }

  g_assert_true (gst_camera_loop_set_live (camera->entry, FALSE));
  pass (loop);
  calls = get (&camera->calls);
  camera_send (camera);
  pass (loop);
  g_assert_cmpuint (get (&camera->calls), ==, calls);
  gst_camera_loop_wake (camera->entry);
  await (&camera->bytes, 8 * 51);

  /* What came before somebody looks is read at once too. */
  camera_send (camera);
  g_assert_true (gst_camera_loop_set_live (camera->entry, TRUE));
  await (&camera->bytes, 8 * 52);
  camera_free (camera);
}

/* One that hung up is called for that, and not again when it has had enough. */
static void
test_hang_up (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  Camera *camera = camera_new (loop, FAR);
  guint calls;

  await (&camera->calls, 1);
  g_assert_true (gst_camera_loop_set_live (camera->entry, TRUE));
  calls = get (&camera->calls);
  close (camera->theirs);
  camera->theirs = -1;
  await (&camera->calls, calls + 1);
  pass (loop);
  gst_camera_loop_wake (camera->entry);
  g_assert_true (gst_camera_loop_set_live (camera->entry, TRUE));
  pass (loop);
  g_assert_cmpuint (get (&camera->calls), ==, calls + 1);
  g_assert_cmpuint (gst_camera_loop_get_size (loop), ==, 1);
  camera_free (camera);
}

static void
test_wake_while_called (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  Camera *camera = camera_new (NULL, FAR);

  camera->block = TRUE;
  camera->entry = gst_camera_loop_add (loop, camera->ours, &funcs, camera);
  await (&camera->inside, 1);
  gst_camera_loop_wake (camera->entry);
  set (&camera->block, FALSE);
  await (&camera->calls, 2);
  pass (loop);
  g_assert_cmpuint (get (&camera->calls), ==, 2);
  camera_free (camera);
}

static gpointer
remove_in_thread (gpointer data)
{
  Camera *camera = data;

  gst_camera_loop_remove (g_steal_pointer (&camera->entry));
  g_mutex_lock (&lock);
  g_assert_cmpuint (camera->inside, ==, 0);
  g_mutex_unlock (&lock);
  return NULL;
}

/* While one is slow, nobody waits but the cameras of the loop, and who removes the slow one. */
static void
test_slow (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  Camera *slow = camera_new (NULL, FAR);
  Camera *live = camera_new (loop, FAR);
  Camera *gone = camera_new (loop, FAR);
  Camera *fresh;
  GThread *thread;
  guint calls;

  await (&live->calls, 1);
  await (&gone->calls, 1);
  slow->block = TRUE;
  slow->entry = gst_camera_loop_add (loop, slow->ours, &funcs, slow);
  await (&slow->inside, 1);

  fresh = camera_new (loop, FAR);
  g_assert_true (gst_camera_loop_set_live (live->entry, TRUE));
  camera_send (live);
  gst_camera_loop_wake (gone->entry);
  camera_free (gone);
  g_assert_cmpuint (gst_camera_loop_get_size (loop), ==, 3);
  g_assert_cmpuint (get (&live->bytes), ==, 0);
  calls = get (&slow->calls);

  thread = g_thread_new ("remover", remove_in_thread, slow);
  set (&slow->block, FALSE);
  g_thread_join (thread);
  g_assert_cmpuint (slow->calls, ==, calls + 1);
  await (&fresh->calls, 1);
  await (&live->bytes, 8);
  g_assert_cmpint (gst_camera_loop_take_longest (loop), >=, slow->blocked);
  camera_free (slow);
  camera_free (live);
  camera_free (fresh);
}

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* From the call itself, with the last reference to the loop. */
static void
test_remove_itself (void)
{
  gint64 end = g_get_monotonic_time () + DEADLINE;
  guint before = count_files ();
  GstCameraLoop *loop = make_loop ();
  Camera *camera = camera_new (NULL, GST_CAMERA_LOOP_TICK);

  g_mutex_lock (&lock);
  camera->leave = TRUE;
  camera->unref = loop;
  camera->entry = gst_camera_loop_add (loop, camera->ours, &funcs, camera);
  g_mutex_unlock (&lock);
  await (&camera->calls, 1);
  camera->entry = NULL;
  camera_free (camera);
  while (count_files () > before) { /* its thread ends by itself */
    g_assert_cmpint (g_get_monotonic_time (), <, end);
    g_thread_yield ();
  }
}

/* Of two that are due together the first removes the second. */
static void
test_remove_another (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  Camera *slow = camera_new (NULL, FAR);
  Camera *first = camera_new (NULL, FAR);
  Camera *second = camera_new (NULL, FAR);

  slow->block = TRUE;
  slow->entry = gst_camera_loop_add (loop, slow->ours, &funcs, slow);
  await (&slow->inside, 1);
  first->entry = gst_camera_loop_add (loop, first->ours, &funcs, first);
  second->entry = gst_camera_loop_add (loop, second->ours, &funcs, second);
  g_assert_true (gst_camera_loop_set_live (second->entry, TRUE));
  camera_send (second);
  first->kill = g_steal_pointer (&second->entry);
  set (&slow->block, FALSE);
  await (&first->calls, 1);
  pass (loop);
  g_assert_cmpuint (second->calls, ==, 0);
  g_assert_cmpuint (gst_camera_loop_get_size (loop), ==, 2);
  camera_free (slow);
  camera_free (first);
  camera_free (second);
}

static gpointer
come_and_go (gpointer data)
{
  for (guint i = 0; i < 1000; i++) {
    Camera *camera = camera_new (data, i % 3 == 0 ? 0 : FAR);

    g_assert_true (gst_camera_loop_set_live (camera->entry, i % 2));
    camera_send (camera);
    gst_camera_loop_wake (camera->entry);
    if (i % 5 == 0)
      await (&camera->bytes, 8);
    camera_free (camera); /* what is called after that is memory that was freed */
  }
  return NULL;
}

static void
test_come_and_go (void)
{
  g_autoptr (GstCameraLoop) loop = make_loop ();
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("come-and-go", come_and_go, loop);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (gst_camera_loop_get_size (loop), ==, 0);
}

static void
test_shared (void)
{
  guint before = count_files ();

  for (guint i = 0; i < 2; i++) {
    GstCameraLoop *first = gst_camera_loop_get_shared (NULL);
    GstCameraLoop *second = gst_camera_loop_get_shared (NULL);
    Camera *camera;

    g_assert_nonnull (first);
    g_assert_true (first == second);
    camera = camera_new (first, FAR);
    gst_camera_loop_unref (first);
    gst_camera_loop_unref (second);
    await (&camera->calls, 1); /* an entry keeps it */
    camera_free (camera);
    g_assert_cmpuint (count_files (), ==, before);
  }
}

static void
test_no_files_left (void)
{
  g_autoptr (GError) error = NULL;
  struct rlimit limit, none;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  none = limit;
  none.rlim_cur = 0;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  g_assert_null (gst_camera_loop_get_shared (&error));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES);
  test_shared ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera-loop/many", test_many);
  g_test_add_func ("/camera-loop/late", test_late);
  g_test_add_func ("/camera-loop/greedy", test_greedy);
  g_test_add_func ("/camera-loop/live", test_live);
  g_test_add_func ("/camera-loop/hang-up", test_hang_up);
  g_test_add_func ("/camera-loop/wake-while-called", test_wake_while_called);
  g_test_add_func ("/camera-loop/slow", test_slow);
  g_test_add_func ("/camera-loop/remove-itself", test_remove_itself);
  g_test_add_func ("/camera-loop/remove-another", test_remove_another);
  g_test_add_func ("/camera-loop/come-and-go", test_come_and_go);
  g_test_add_func ("/camera-loop/shared", test_shared);
  g_test_add_func ("/camera-loop/no-files-left", test_no_files_left);
  return g_test_run ();
}
