/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * frame-counter.c: accounts for the simulator's frames (tests/tools/camsim) in recorded MP4 files.
 *
 * frame-counter count DIR: in all files below DIR.
 * frame-counter watch DIR: in each file as soon as its writer is done with it, while many cameras
 * are recorded for longer than the disk is large: 5 s later the file's data are on the disk, by
 * fdatasync(2), and are given back to the file system; the file keeps its name and length. At the
 * end of standard input counts what is left.
 *
 * Prints a JSON object: files, bytes, unreadable (paths), and what frame_sums_describe() adds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "closed-files.h"
#include "frame-sums.h"
#include "mp4-samples.h"

#define KEPT_US (5 * G_USEC_PER_SEC)
#define BLOCK   65536 /* bytes: the largest a file system has */

typedef struct {
  char *path;
  gint64 due; /* CLOCK_MONOTONIC µs when its data may go */
} Kept;

typedef struct {
  FrameSums *sums;
  GHashTable *counted; /* set of paths */
  GQueue kept;         /* (element-type Kept) the oldest first; unused when all files stay */
  GPtrArray *unreadable;
  guint64 bytes;
} Counter;

static void
add_sample (const guint8 *data, gsize size, gpointer sums)
{
  frame_sums_add_sample (sums, data, size);
}

/* FALSE: its writer is not done with it. */
static gboolean
count_file (Counter *self, const char *path, gboolean only_finished)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  const guint8 *data = file != NULL ? (const guint8 *) g_mapped_file_get_contents (file) : NULL;
  gsize size = file != NULL ? g_mapped_file_get_length (file) : 0;

  if (only_finished && (data == NULL || !mp4_samples_is_finished (data, size)))
    return FALSE;
  if (data == NULL || !mp4_samples_for_each (data, size, add_sample, self->sums))
    g_ptr_array_add (self->unreadable, g_strdup (path));
  self->bytes += size;
  g_hash_table_add (self->counted, g_strdup (path));
  return TRUE;
}

static void
on_closed (const char *path, gpointer user_data)
{
  Counter *self = user_data;
  Kept *kept;

  if (!g_str_has_suffix (path, ".mp4") || g_hash_table_contains (self->counted, path)
      || !count_file (self, path, TRUE))
    return;
  kept = g_new (Kept, 1);
  kept->path = g_strdup (path);
  kept->due = g_get_monotonic_time () + KEPT_US;
  g_queue_push_tail (&self->kept, kept);
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

/* Returns the ms until the next is due, -1: there is none. */
static int
release_due (Counter *self)
{
  Kept *kept;

  while ((kept = g_queue_peek_head (&self->kept)) != NULL) {
    gint64 left = kept->due - g_get_monotonic_time ();

    if (left > 0)
      return (int) (left / 1000) + 1;
    release (kept->path);
    g_queue_pop_head (&self->kept);
    g_free (kept->path);
    g_free (kept);
  }
  return -1;
}

/* Until the end of standard input. */
static gboolean
watch (Counter *self, const char *directory, GError **error)
{
  g_autoptr (ClosedFiles) files = closed_files_new (directory, error);
  struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 }, { -1, POLLIN, 0 } };
  gboolean complete = TRUE;
  char word[64];

  if (files == NULL)
    return FALSE;
  fds[1].fd = closed_files_get_fd (files);
  g_print ("WATCHING\n");
  do {
    poll (fds, G_N_ELEMENTS (fds), release_due (self));
    if (fds[1].revents != 0)
      complete &= closed_files_read (files, on_closed, self);
  } while (fds[0].revents == 0 || read (STDIN_FILENO, word, sizeof word) > 0);
  if (!complete) /* their data stay: nothing is wrong but the space they take */
    g_printerr ("frame-counter: not every closed file was told in time\n");
  return TRUE;
}

static void
count_all (Counter *self, const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      count_all (self, path);
    else if (g_str_has_suffix (name, ".mp4") && !g_hash_table_contains (self->counted, path))
      count_file (self, path, FALSE);
  }
}

static void
print (Counter *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "files");
  json_builder_add_int_value (builder, g_hash_table_size (self->counted));
  json_builder_set_member_name (builder, "bytes");
  json_builder_add_int_value (builder, self->bytes);
  json_builder_set_member_name (builder, "unreadable");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->unreadable->len; i++)
    json_builder_add_string_value (builder, self->unreadable->pdata[i]);
  json_builder_end_array (builder);
  frame_sums_describe (self->sums, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  g_print ("%s\n", text);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FrameSums) sums = frame_sums_new ();
  g_autoptr (GHashTable) counted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) unreadable = g_ptr_array_new_with_free_func (g_free);
  Counter counter = { sums, counted, G_QUEUE_INIT, unreadable, 0 };

  if (argc != 3 || (!g_str_equal (argv[1], "count") && !g_str_equal (argv[1], "watch"))) {
    g_printerr ("frame-counter count DIR | watch DIR\n");
    return 64;
  }
  if (g_str_equal (argv[1], "watch") && !watch (&counter, argv[2], &error)) {
    g_printerr ("frame-counter: %s\n", error->message);
    return 66;
  }
  count_all (&counter, argv[2]);
  print (&counter);
  return 0;
}
