/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file-counting.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "mp4-fragments.h"
#include "mp4-samples.h"

#define KEPT_US   (5 * G_USEC_PER_SEC)
#define BEHIND_US (20 * G_USEC_PER_SEC) /* is complained of, and each time it grew by as much */
#define TURN_MS   500
#define BLOCK     65536 /* bytes: the largest a file system has */
#define THREADS   4     /* they wait for the disk */

typedef enum {
  TOLD, /* to be counted */
  COUNTED,
  RELEASING,
  RELEASED,
  UNFINISHED, /* counted when it is told again */
} Stage;

/* @told, @counted: CLOCK_MONOTONIC µs; @again: told while it was read */
typedef struct {
  char *path;
  Stage stage;
  gint64 told;
  gint64 counted;
  gboolean again;
} File;

struct _FileCounting {
  FrameSums *sums;
  GThreadPool *pool;
  guint whole_every;
  gint64 most_behind; /* µs */
  gint64 complained;  /* µs behind */
  gint64 next_turn;   /* CLOCK_MONOTONIC µs */

  GMutex lock;
  GHashTable *files; /* path to File */
  GQueue kept;       /* (element-type File) those not released, as they were told */
  GPtrArray *unreadable;
  guint64 bytes;
  guint read; /* files, finished ones and others */
  guint read_whole;
  gboolean ending; /* the threads get nothing more */
};

static void
file_free (gpointer data)
{
  File *file = data;

  g_free (file->path);
  g_free (file);
}

/* --- Counting --- */

static void
add_sample (const guint8 *data, gsize size, gpointer sums)
{
  frame_sums_add_sample (sums, data, size);
}

/* Returns whether it is finished (or @any) and has been counted. */
static gboolean
count_whole (FileCounting *self, int fd, gboolean any, gboolean *readable)
{
  g_autoptr (GMappedFile) file = NULL;
  const guint8 *data;
  gsize size;

  if (fd >= 0) {
    posix_fadvise (fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    file = g_mapped_file_new_from_fd (fd, FALSE, NULL);
  }
  data = file != NULL ? (const guint8 *) g_mapped_file_get_contents (file) : NULL;
  size = file != NULL ? g_mapped_file_get_length (file) : 0;
  if (!any && (data == NULL || !mp4_samples_is_finished (data, size)))
    return FALSE;
  *readable = data != NULL && mp4_samples_for_each (data, size, add_sample, self->sums);
  return TRUE;
}

static gboolean
count_fragments (FileCounting *self, int fd)
{
  g_autoptr (GArray) fragments = mp4_fragments_read (fd);

  for (guint i = 0; fragments != NULL && i < fragments->len; i++) {
    const Mp4Fragment *one = &g_array_index (fragments, Mp4Fragment, i);

    frame_sums_add_run (self->sums, one->data, one->read, one->size, one->count);
  }
  return fragments != NULL;
}

/* FALSE: its writer is not done with it (never with @any). */
static gboolean
count_file (FileCounting *self, const char *path, gboolean any)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean whole, counted, readable = TRUE;
  off_t size;

  g_mutex_lock (&self->lock);
  whole = fd < 0 || ++self->read % self->whole_every == 0;
  g_mutex_unlock (&self->lock);
  counted = !whole && count_fragments (self, fd);
  if (!counted) {
    whole = TRUE;
    counted = count_whole (self, fd, any, &readable);
  }
  size = fd >= 0 ? lseek (fd, 0, SEEK_END) : 0;
  if (fd >= 0)
    close (fd);
  if (!counted)
    return FALSE;
  g_mutex_lock (&self->lock);
  self->read_whole += whole;
  self->bytes += MAX (size, 0);
  if (!readable)
    g_ptr_array_add (self->unreadable, g_strdup (path));
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* All data reach the disk first, as they would without us. */
static void
release (const char *path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC);
  off_t size;

  if (fd < 0)
    return;                                             /* it has been deleted meanwhile */
  size = (lseek (fd, 0, SEEK_END) / BLOCK + 1) * BLOCK; /* a block in part would stay */
  if (fdatasync (fd) < 0 || fallocate (fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size) < 0)
    g_printerr ("frame-counter: %s: %s\n", path, g_strerror (errno));
  close (fd);
}

/* In a thread of the pool. */
static void
work (gpointer data, gpointer user_data)
{
  FileCounting *self = user_data;
  File *file = data;
  gboolean finished = FALSE;
  Stage stage;

  g_mutex_lock (&self->lock);
  stage = file->stage;
  file->again = FALSE;
  g_mutex_unlock (&self->lock);
  if (stage == RELEASING)
    release (file->path);
  else
    finished = count_file (self, file->path, FALSE);
  g_mutex_lock (&self->lock);
  if (stage == RELEASING)
    file->stage = RELEASED;
  else if (finished)
    file->stage = COUNTED;
  else if (file->again && !self->ending)
    g_thread_pool_push (self->pool, file, NULL);
  else
    file->stage = UNFINISHED;
  file->counted = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
}

/* --- What is told --- */

FileCounting *
file_counting_new (guint whole_every)
{
  FileCounting *self = g_new0 (FileCounting, 1);

  self->sums = frame_sums_new ();
  self->pool = g_thread_pool_new (work, self, THREADS, FALSE, NULL);
  self->whole_every = whole_every;
  g_mutex_init (&self->lock);
  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, file_free);
  g_queue_init (&self->kept);
  self->unreadable = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
file_counting_free (FileCounting *self)
{
  file_counting_finish (self);
  frame_sums_free (self->sums);
  g_queue_clear (&self->kept);
  g_hash_table_unref (self->files);
  g_ptr_array_unref (self->unreadable);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static File *
get_file (FileCounting *self, const char *path)
{
  File *file = g_hash_table_lookup (self->files, path);

  if (file == NULL) {
    file = g_new0 (File, 1);
    file->path = g_strdup (path);
    file->stage = UNFINISHED;
    g_hash_table_insert (self->files, file->path, file);
  }
  return file;
}

void
file_counting_tell (FileCounting *self, const char *path)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  File *file = get_file (self, path);

  file->again = TRUE;
  if (file->stage != UNFINISHED)
    return;
  file->stage = TOLD;
  file->told = g_get_monotonic_time ();
  g_queue_push_tail (&self->kept, file);
  g_thread_pool_push (self->pool, file, NULL);
}

static void
check_behind (FileCounting *self, gint64 now)
{
  const File *oldest = g_queue_peek_head (&self->kept);
  gint64 behind = oldest != NULL ? now - oldest->told - KEPT_US : 0;

  self->most_behind = MAX (self->most_behind, behind);
  if (behind < BEHIND_US)
    self->complained = 0;
  if (behind < self->complained + BEHIND_US)
    return;
  self->complained = behind;
  g_printerr ("frame-counter: %d s behind: the data of %u files wait to be counted and released\n",
              (int) (behind / G_USEC_PER_SEC), g_queue_get_length (&self->kept));
}

int
file_counting_turn (FileCounting *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 now = g_get_monotonic_time ();
  GList *next;

  if (now < self->next_turn) /* woken by what was told: the list is long */
    return (int) ((self->next_turn - now) / 1000) + 1;
  self->next_turn = now + TURN_MS * 1000;
  for (GList *at = self->kept.head; at != NULL; at = next) {
    File *file = at->data;

    next = at->next;
    if (file->stage == RELEASED || file->stage == UNFINISHED) {
      g_queue_delete_link (&self->kept, at);
    } else if (file->stage == COUNTED && now - file->counted >= KEPT_US) {
      file->stage = RELEASING;
      g_thread_pool_push (self->pool, file, NULL);
    }
  }
  check_behind (self, now);
  return self->kept.length > 0 ? TURN_MS : -1;
}

void
file_counting_finish (FileCounting *self)
{
  if (self->pool == NULL)
    return;
  g_mutex_lock (&self->lock);
  self->ending = TRUE;
  g_mutex_unlock (&self->lock);
  g_thread_pool_free (self->pool, FALSE, TRUE);
  self->pool = NULL;
}

void
file_counting_count (FileCounting *self, const char *path)
{
  File *file = get_file (self, path);

  if (file->stage != UNFINISHED)
    return;
  count_file (self, path, TRUE);
  file->stage = COUNTED;
}

void
file_counting_describe (FileCounting *self, JsonBuilder *builder)
{
  guint files = 0;
  GHashTableIter iter;
  gpointer file;

  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, NULL, &file))
    files += ((File *) file)->stage != UNFINISHED;
  json_builder_set_member_name (builder, "files");
  json_builder_add_int_value (builder, files);
  json_builder_set_member_name (builder, "files_read_whole");
  json_builder_add_int_value (builder, self->read_whole);
  json_builder_set_member_name (builder, "bytes");
  json_builder_add_int_value (builder, self->bytes);
  json_builder_set_member_name (builder, "most_behind");
  json_builder_add_double_value (builder, self->most_behind / (double) G_USEC_PER_SEC);
  json_builder_set_member_name (builder, "unreadable");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->unreadable->len; i++)
    json_builder_add_string_value (builder, self->unreadable->pdata[i]);
  json_builder_end_array (builder);
  frame_sums_describe (self->sums, builder);
}
