/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-download.h: commands that take a file of the service, in pieces. */
#pragma once

#include "tytoctl/ctl-invocation.h"

G_BEGIN_DECLS

/**
 * Downloads @path into @file, by way of FILE.part, which is continued by a range request (RFC 9110,
 * section 14) when it is there from before. Shows its progress on standard error when that is a
 * terminal.
 * @bytes: the size that it must have in the end
 * TYTO_ERROR_STORAGE when it cannot be written or the size is another.
 */
gboolean ctl_download_to_file (CtlClient *client, const char *path, const char *file, guint64 bytes,
                               GError **error);

/* The path of the resource that @word names; its file is below, at /file. (transfer full) */
typedef char *(*CtlDownloadFind) (CtlClient *client, const char *word, GError **error);

/* The file name that @resource (a{sv}) has by itself. (transfer full) */
typedef char *(*CtlDownloadName) (GVariant *resource);

/* Downloads what @invocation names to its own name, to the file that is asked for, or to standard
 * output; its size has to be the resource's "bytes". Errors as above, and ALREADY_EXISTS. */
gboolean ctl_download_run (CtlInvocation *invocation, CtlDownloadFind find, CtlDownloadName name,
                           GError **error);

G_END_DECLS
