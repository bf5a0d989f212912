/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-removal.h: commands that remove all that they are given the ids of. */
#pragma once

#include "tytoctl/ctl-invocation.h"

G_BEGIN_DECLS

/**
 * CtlRemoval:
 * @path: of the API; the ids stand below it: "/api/v1/clips"
 * @check: whether a word is such an id; INVALID_ARGUMENT
 * @confirm: (nullable): asks whether all of them are to go, unless --yes is given; NULL: nobody is
 * asked
 * @said: of each that is gone; %s: its id; translated
 */
typedef struct {
  const char *path;
  gboolean (*check) (const char *id, GError **error);
  gboolean (*confirm) (char **ids, GError **error);
  const char *said;
} CtlRemoval;

/* Removes what @invocation names, one after the other, up to the first error. */
gboolean ctl_removal_run (CtlInvocation *invocation, const CtlRemoval *removal, GError **error);

G_END_DECLS
