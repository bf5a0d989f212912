/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-file.h: answers a request with a file: whole or in part (Range, If-Range), or not at
 * all when the client has it (If-None-Match, If-Modified-Since: RFC 9110, sections 13 and 14). The
 * file is opened and read in other threads and sent piece by piece; it is never in memory whole.
 */
#pragma once

#include "api/http/tyto-http-request.h"

G_BEGIN_DECLS

/**
 * @root: directory that the file must not leave, by ".." or by a symbolic link (openat2(2),
 * RESOLVE_BENEATH)
 * @path: of the file, absolute and below @root, or relative to it
 * @name: offered to a client that saves it (nullable)
 */
void tyto_http_file_send (TytoHttpRequest *request, const char *root, const char *path,
                          const char *content_type, const char *name);

G_END_DECLS
