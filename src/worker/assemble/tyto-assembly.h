/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-assembly.h: the work of an assembler, each in a thread of its own. Errors as in data/
 * org.tyto.Assembler1.xml, and G_IO_ERROR_CANCELLED. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void tyto_assembly_measure_async (const char *directory, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* Bytes; 0 on error. */
guint64 tyto_assembly_measure_finish (GAsyncResult *result, GError **error);

/* @done, @total: bytes of segments. In the thread-default context of the caller. */
typedef void (*TytoAssemblyProgress) (guint64 done, guint64 total, gpointer user_data);

/* @progress: called at most five times a second until it has ended; its @user_data is that of
 * @callback. */
void tyto_assembly_join_async (const char *directory, const char *output,
                               TytoAssemblyProgress progress, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
/* What Join answers: a{sv}. (transfer full) */
GVariant *tyto_assembly_join_finish (GAsyncResult *result, GError **error);

void tyto_assembly_digest_async (const char *path, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* SHA-256 in hex. (transfer full) */
char *tyto_assembly_digest_finish (GAsyncResult *result, GError **error);

G_END_DECLS
