/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-download.h: a file of the service, taken in pieces. */
#pragma once

#include "tytoctl/ctl-client.h"

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

/* Downloads @path to standard output. */
gboolean
ctl_download_to_stdout (CtlClient *client, const char *path, guint64 bytes, GError **error);

/* Whether @file may be written: it is not there, or @force. ALREADY_EXISTS. */
gboolean ctl_download_check_target (const char *file, gboolean force, GError **error);

G_END_DECLS
