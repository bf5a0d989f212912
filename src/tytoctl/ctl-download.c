/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-download.h"

#include <gio/gunixoutputstream.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-words.h"

#define CHUNK_BYTES (256 * 1024)

static void
show_progress (guint64 done, guint64 bytes, guint *shown)
{
  guint percent = bytes > 0 ? (guint) (done * 100 / bytes) : 100;

  if (!isatty (STDERR_FILENO) || percent == *shown)
    return;

  g_autofree char *done_text = ctl_size_text (done);
  g_autofree char *bytes_text = ctl_size_text (bytes);

  *shown = percent;
  g_printerr ("\r%3u %%  %s / %s\033[K%s", percent, done_text, bytes_text,
              percent == 100 ? "\n" : "");
}

static gboolean
set_write_error (GError *cause, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, _ ("The file cannot be written: %s."),
                  cause->message);
  g_error_free (cause);
  return FALSE;
}

/* Copies @from to @to; @done counts on from where it stands. */
static gboolean
copy (CtlClient *client, GInputStream *from, GOutputStream *to, guint64 *done, guint64 bytes,
      GError **error)
{
  g_autofree char *chunk = g_malloc (CHUNK_BYTES);
  guint shown = G_MAXUINT;

  for (;;) {
    GError *cause = NULL;
    gssize n = g_input_stream_read (from, chunk, CHUNK_BYTES, NULL, &cause);

    if (n < 0) {
      ctl_client_unreachable (client, cause, error);
      return FALSE;
    }
    if (n == 0)
      return TRUE;
    if (!g_output_stream_write_all (to, chunk, (gsize) n, NULL, NULL, &cause))
      return set_write_error (cause, error);
    *done += (guint64) n;
    show_progress (*done, bytes, &shown);
  }
}

static gboolean
check_size (guint64 done, guint64 bytes, GError **error)
{
  g_autofree char *done_text = ctl_count_text (done);
  g_autofree char *bytes_text = ctl_count_text (bytes);

  if (done == bytes)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, _ ("Try again: what came is kept and continued."),
                  _ ("The file has %s bytes instead of %s."), done_text, bytes_text);
  return FALSE;
}

/* Fetches what is missing of @bytes after @done and adds it to @file. */
static gboolean
fetch_rest (CtlClient *client, const char *path, GFile *file, guint64 *done, guint64 bytes,
            GError **error)
{
  g_autoptr (SoupMessage) message = ctl_client_message (client, "GET", path);
  g_autoptr (GInputStream) from = NULL;
  g_autoptr (GFileOutputStream) to = NULL;
  GError *cause = NULL;

  if (*done > 0)
    soup_message_headers_set_range (soup_message_get_request_headers (message), (goffset) *done,
                                    -1);
  from = ctl_client_follow (client, &message, error);
  if (from == NULL)
    return FALSE;
  if (soup_message_get_status (message) == SOUP_STATUS_PARTIAL_CONTENT) {
    to = g_file_append_to (file, G_FILE_CREATE_NONE, NULL, &cause);
  } else {
    *done = 0;
    to = g_file_replace (file, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, NULL, &cause);
  }
  if (to == NULL)
    return set_write_error (cause, error);
  if (!copy (client, from, G_OUTPUT_STREAM (to), done, bytes, error))
    return FALSE;
  if (!g_output_stream_close (G_OUTPUT_STREAM (to), NULL, &cause))
    return set_write_error (cause, error);
  return TRUE;
}

static guint64
size_of (GFile *file)
{
  g_autoptr (GFileInfo) info = g_file_query_info (file, G_FILE_ATTRIBUTE_STANDARD_SIZE,
                                                  G_FILE_QUERY_INFO_NONE, NULL, NULL);

  return info != NULL ? (guint64) g_file_info_get_size (info) : 0;
}

gboolean
ctl_download_to_file (CtlClient *client, const char *path, const char *file, guint64 bytes,
                      GError **error)
{
  g_autofree char *part_name = g_strconcat (file, ".part", NULL);
  g_autoptr (GFile) part = g_file_new_for_commandline_arg (part_name);
  g_autoptr (GFile) target = g_file_new_for_commandline_arg (file);
  guint64 done = size_of (part);
  GError *cause = NULL;

  if (done > bytes)
    done = 0; /* of another file: begin anew */
  if ((done < bytes || done == 0) && !fetch_rest (client, path, part, &done, bytes, error))
    return FALSE;
  if (!check_size (done, bytes, error))
    return FALSE;
  if (!g_file_move (part, target, G_FILE_COPY_OVERWRITE, NULL, NULL, NULL, &cause))
    return set_write_error (cause, error);
  return TRUE;
}

static gboolean
download_to_stdout (CtlClient *client, const char *path, guint64 bytes, GError **error)
{
  g_autoptr (SoupMessage) message = ctl_client_message (client, "GET", path);
  g_autoptr (GInputStream) from = ctl_client_follow (client, &message, error);
  g_autoptr (GOutputStream) to = g_unix_output_stream_new (STDOUT_FILENO, FALSE);
  guint64 done = 0;

  return from != NULL && copy (client, from, to, &done, bytes, error)
         && check_size (done, bytes, error);
}

static gboolean
check_target (const char *file, gboolean force, GError **error)
{
  if (force || !g_file_test (file, G_FILE_TEST_EXISTS))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS, _ ("Give another by -o FILE, or --force."),
                  _ ("The file %s is there already."), file);
  return FALSE;
}

static void
print_result (CtlInvocation *invocation, GVariant *resource, const char *file)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (!invocation->json) {
    g_autofree char *size = ctl_size_text (tyto_dict_uint (resource, "bytes", 0));
    g_autofree char *clean = ctl_terminal_clean (file);

    g_variant_builder_clear (&builder);
    g_print ("%s  %s\n", clean, size);
    return;
  }
  g_variant_iter_init (&iter, resource);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_builder_add (&builder, "{sv}", key, value);
  g_variant_builder_add (&builder, "{sv}", "file", g_variant_new_string (file));
  ctl_print_json (g_variant_builder_end (&builder));
}

gboolean
ctl_download_run (CtlInvocation *invocation, CtlDownloadFind find, CtlDownloadName name,
                  GError **error)
{
  g_autofree char *output = NULL;
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("Where to write it (default: its own name, here); - for standard output"), N_ ("FILE") },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &force, N_ ("Overwrite the file"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 1, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autofree char *path = client != NULL ? find (client, args[0], error) : NULL;
  g_autofree char *file_path = g_strconcat (path != NULL ? path : "", "/file", NULL);
  g_autoptr (GVariant) resource
      = path != NULL ? ctl_client_call (client, "GET", path, NULL, error) : NULL;
  guint64 bytes;

  if (resource == NULL)
    return FALSE;
  bytes = tyto_dict_uint (resource, "bytes", 0);
  if (g_strcmp0 (output, "-") == 0)
    return download_to_stdout (client, file_path, bytes, error);
  if (output == NULL)
    output = name (resource);
  if (!check_target (output, force, error)
      || !ctl_download_to_file (client, file_path, output, bytes, error))
    return FALSE;
  print_result (invocation, resource, output);
  return TRUE;
}
