/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-file-stream.h: sends a part of an open file as the body of an answer. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_FILE_STREAM (tyto_http_file_stream_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpFileStream, tyto_http_file_stream, TYTO, HTTP_FILE_STREAM, GObject)

/* Begins to send @length bytes from @fd's position on: the next piece is read when the one before
 * has been written. Takes @fd. Lives by itself until it is done or the client has gone; a file that
 * ends too early ends the connection. @message is paused. */
void tyto_http_file_stream_start (SoupServerMessage *message, int fd, guint64 length);

G_END_DECLS
