/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-list.h: commands that list all of what has an id: as a table, as JSON, or the ids alone. */
#pragma once

#include "tytoctl/ctl-client.h"
#include "tytoctl/ctl-invocation.h"

G_BEGIN_DECLS

/* Prints what @items (element-type GVariant) are, as a table. */
typedef void (*CtlListPrint) (GPtrArray *items);

/* Lists what is at @path of the API. @none: said when there is nothing, translated. */
gboolean ctl_list_run (CtlInvocation *invocation, const char *path, const char *none,
                       CtlListPrint print, GError **error);

/* A member's value as people write it. (transfer full) */
char *ctl_value_text (GVariant *value);

G_END_DECLS
