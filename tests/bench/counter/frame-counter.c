/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * frame-counter.c: accounts for the simulator's frames (tests/tools/camsim) in recorded MP4 files.
 *
 * frame-counter count DIR: in all files below DIR, each sample of which is read.
 * frame-counter watch DIR [N]: in each file as soon as its writer is done with it, while many
 * cameras are recorded for longer than the disk is large: 5 s later its data are given back to the
 * file system. Of fragmented files the stamp of each fragment's first frame is read, of each Nth
 * (50) all samples; see file-counting.h. At the end of standard input counts what is left.
 *
 * Prints the JSON object of file_counting_describe().
 */
#include <poll.h>
#include <unistd.h>

#include "closed-files.h"
#include "file-counting.h"

#define WHOLE_EVERY 50

static void
on_closed (const char *path, gpointer counting)
{
  if (g_str_has_suffix (path, ".mp4"))
    file_counting_tell (counting, path);
}

/* Until the end of standard input. */
static gboolean
watch (FileCounting *counting, const char *directory, GError **error)
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
    poll (fds, G_N_ELEMENTS (fds), file_counting_turn (counting));
    if (fds[1].revents != 0)
      complete &= closed_files_read (files, on_closed, counting);
  } while (fds[0].revents == 0 || read (STDIN_FILENO, word, sizeof word) > 0);
  file_counting_finish (counting);
  if (!complete) /* their data stay: nothing is wrong but the space they take */
    g_printerr ("frame-counter: not every closed file was told in time\n");
  return TRUE;
}

static void
count_all (FileCounting *counting, const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      count_all (counting, path);
    else if (g_str_has_suffix (name, ".mp4"))
      file_counting_count (counting, path);
  }
}

static void
print (FileCounting *counting)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  file_counting_describe (counting, builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  g_print ("%s\n", text);
}

static gboolean
take_number (const char *text, guint *number, GError **error)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT, &value, error))
    return FALSE;
  *number = value;
  return TRUE;
}

int
main (int argc, char **argv)
{
  gboolean watches = argc > 1 && g_str_equal (argv[1], "watch");
  guint whole_every = watches ? WHOLE_EVERY : 1;
  g_autoptr (GError) error = NULL;
  g_autoptr (FileCounting) counting = NULL;

  if (argc < 3 || argc > (watches ? 4 : 3) || (!watches && !g_str_equal (argv[1], "count"))) {
    g_printerr ("frame-counter count DIR | watch DIR [N]\n");
    return 64;
  }
  if (argc == 4 && !take_number (argv[3], &whole_every, &error)) {
    g_printerr ("frame-counter: %s\n", error->message);
    return 64;
  }
  counting = file_counting_new (whole_every);
  if (watches && !watch (counting, argv[2], &error)) {
    g_printerr ("frame-counter: %s\n", error->message);
    return 66;
  }
  count_all (counting, argv[2]);
  print (counting);
  return 0;
}
