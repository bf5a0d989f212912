/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-slow-directory.h: slow-dir, claimed for the catalogue as output-dir is (tyto-spool.h), and
 * those that were it before.
 *
 * One that was claimed before and has no claim now is a disk that is away, and not a new one.
 */
#pragma once

#include "recorder/settings/tyto-settings.h"
#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_SLOW_DIRECTORY (tyto_slow_directory_get_type ())
G_DECLARE_FINAL_TYPE (TytoSlowDirectory, tyto_slow_directory, TYTO, SLOW_DIRECTORY, GObject)

TytoSlowDirectory *tyto_slow_directory_new (TytoSettings *settings, TytoCatalogue *catalogue);

/* Claims the directory that is set, or looks whether it is still there; done at once when none is.
 * One at a time. TYTO_ERROR_STORAGE: it is away or cannot be used; TYTO_ERROR_ALREADY_EXISTS: it is
 * another's; TYTO_ERROR_WRONG_STATE: it is output-dir, or above or below it. */
void tyto_slow_directory_claim_async (TytoSlowDirectory *self, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean
tyto_slow_directory_claim_finish (TytoSlowDirectory *self, GAsyncResult *result, GError **error);

/* The one that is claimed, or NULL. (transfer none) */
const char *tyto_slow_directory_get (TytoSlowDirectory *self);

/* All that were ever claimed, NULL-terminated. (transfer none): until the next claim */
const char *const *tyto_slow_directory_get_known (TytoSlowDirectory *self);

G_END_DECLS
