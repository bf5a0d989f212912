/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-file.h"

#include "api/http/tyto-http-file-stream.h"
#include "api/http/tyto-http-range.h"
#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct {
  TytoHttpRequest *request;
  char *root;
  char *path; /* relative to root */
  char *content_type;
  char *name; /* (nullable) */
  int fd;
  guint64 size;
  gint64 mtime; /* ns since the epoch */
} Sending;

static void
sending_free (gpointer data)
{
  Sending *self = data;

  if (self->fd >= 0)
    close (self->fd);
  g_object_unref (self->request);
  g_free (self->root);
  g_free (self->path);
  g_free (self->content_type);
  g_free (self->name);
  g_free (self);
}

static int
open_beneath (const char *root, const char *path)
{
  struct open_how how = {
    .flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  };
  int directory = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int fd;
  int saved;

  if (directory < 0)
    return -1;
  fd = syscall (SYS_openat2, directory, path, &how, sizeof how);
  saved = errno;
  close (directory);
  errno = saved;
  return fd;
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Sending *self = data;
  g_autoptr (GError) error = NULL;
  struct stat status;

  self->fd = open_beneath (self->root, self->path);
  if (self->fd < 0 || fstat (self->fd, &status) < 0 || !S_ISREG (status.st_mode)) {
    tyto_set_error (&error, TYTO_ERROR_NOT_FOUND,
                    "It may have been deleted or moved; see the output directory.",
                    "The file cannot be opened (%s)",
                    self->fd < 0 ? g_strerror (errno) : "it is not a regular file");
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  self->size = status.st_size;
  self->mtime
      = (gint64) status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status.st_mtim.tv_nsec;
  g_task_return_boolean (task, TRUE);
}

/* Whether the entity tag list of @header has @etag (weak comparison, RFC 9110, 8.8.3.2). */
static gboolean
has_etag (const char *header, const char *etag)
{
  g_auto (GStrv) tags = g_strsplit (header, ",", -1);

  for (guint i = 0; tags[i] != NULL; i++) {
    const char *tag = g_strstrip (tags[i]);

    if (g_str_has_prefix (tag, "W/"))
      tag += 2;
    if (g_str_equal (tag, "*") || g_str_equal (tag, etag))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_unchanged (Sending *self, const char *etag)
{
  const char *tags = tyto_http_request_get_header (self->request, "If-None-Match");
  const char *since = tyto_http_request_get_header (self->request, "If-Modified-Since");
  g_autoptr (GDateTime) date = NULL;

  if (tags != NULL)
    return has_etag (tags, etag);
  date = since != NULL ? soup_date_time_new_from_http_string (since) : NULL;
  return date != NULL && self->mtime / G_GINT64_CONSTANT (1000000000) <= g_date_time_to_unix (date);
}

/* A range is of the file the client knows, or it is not wanted (RFC 9110, section 13.1.5). */
static const char *
wanted_range (Sending *self, const char *etag)
{
  const char *condition = tyto_http_request_get_header (self->request, "If-Range");
  g_autoptr (GDateTime) date = NULL;

  if (condition != NULL && (*condition == '"' || g_str_has_prefix (condition, "W/"))) {
    if (!g_str_equal (condition, etag))
      return NULL;
  } else if (condition != NULL) {
    date = soup_date_time_new_from_http_string (condition);
    if (date == NULL || g_date_time_to_unix (date) != self->mtime / G_GINT64_CONSTANT (1000000000))
      return NULL;
  }
  return tyto_http_request_get_header (self->request, "Range");
}

static void
set_headers (Sending *self, const char *etag)
{
  g_autoptr (GDateTime) time
      = g_date_time_new_from_unix_utc (self->mtime / G_GINT64_CONSTANT (1000000000));
  g_autofree char *modified = soup_date_time_to_string (time, SOUP_DATE_HTTP);

  tyto_http_request_set_header (self->request, "ETag", etag);
  tyto_http_request_set_header (self->request, "Last-Modified", modified);
  tyto_http_request_set_header (self->request, "Accept-Ranges", "bytes");
  tyto_http_request_set_header (self->request, "Cache-Control", "private, no-cache");
  if (self->name != NULL) {
    g_autofree char *value = g_strdup_printf ("inline; filename=\"%s\"", self->name);

    tyto_http_request_set_header (self->request, "Content-Disposition", value);
  }
}

static void
send_part (Sending *self, TytoHttpRangeKind kind, guint64 first, guint64 last)
{
  SoupServerMessage *message = tyto_http_request_get_message (self->request);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  guint64 length = self->size > 0 ? last - first + 1 : 0;
  gboolean head = soup_server_message_get_method (message) == SOUP_METHOD_HEAD;

  tyto_http_request_set_header (self->request, "Content-Type", self->content_type);
  soup_message_headers_set_content_length (headers, length);
  if (kind == TYTO_HTTP_RANGE_PART)
    soup_message_headers_set_content_range (headers, first, last, self->size);
  if (!head && length > 0 && !tyto_http_request_is_gone (self->request)
      && lseek (self->fd, first, SEEK_SET) >= 0)
    tyto_http_file_stream_start (message, g_steal_fd (&self->fd), length);
  tyto_http_request_respond_stream (
      self->request, kind == TYTO_HTTP_RANGE_PART ? SOUP_STATUS_PARTIAL_CONTENT : SOUP_STATUS_OK);
}

static void
refuse_range (Sending *self)
{
  g_autofree char *value = g_strdup_printf ("bytes */%" G_GUINT64_FORMAT, self->size);
  g_autoptr (GError) error = NULL;

  tyto_http_request_set_header (self->request, "Content-Range", value);
  tyto_set_error (&error, TYTO_ERROR_RANGE, "Ask for a range inside of it.",
                  "The file has %" G_GUINT64_FORMAT " bytes, the range begins behind them",
                  self->size);
  tyto_http_request_respond_error (self->request, error);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  Sending *self = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autofree char *etag = NULL;
  TytoHttpRangeKind kind;
  guint64 first;
  guint64 last;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    tyto_http_request_respond_error (self->request, error);
    return;
  }
  etag = g_strdup_printf ("\"%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x\"", self->mtime,
                          self->size);
  set_headers (self, etag);
  if (is_unchanged (self, etag)) {
    tyto_http_request_respond_empty (self->request, SOUP_STATUS_NOT_MODIFIED);
    return;
  }
  kind = tyto_http_range_parse (wanted_range (self, etag), self->size, &first, &last);
  if (kind == TYTO_HTTP_RANGE_UNSATISFIABLE)
    refuse_range (self);
  else
    send_part (self, kind, first, last);
}

void
tyto_http_file_send (TytoHttpRequest *request, const char *root, const char *path,
                     const char *content_type, const char *name)
{
  g_autoptr (GTask) task
      = g_task_new (NULL, tyto_http_request_get_cancellable (request), on_opened, NULL);
  Sending *self = g_new0 (Sending, 1);
  gsize length = strlen (root);

  while (length > 0 && root[length - 1] == '/')
    length--;
  self->request = g_object_ref (request);
  self->root = g_strdup (root);
  /* An absolute path elsewhere stays absolute, which RESOLVE_BENEATH refuses. */
  if (strncmp (path, root, length) == 0 && path[length] == '/')
    path += length + 1;
  self->path = g_strdup (path);
  self->content_type = g_strdup (content_type);
  self->name = g_strdup (name);
  self->fd = -1;
  g_task_set_source_tag (task, tyto_http_file_send);
  g_task_set_task_data (task, self, sending_free);
  g_task_run_in_thread (task, open_in_thread);
}
