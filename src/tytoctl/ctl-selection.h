/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-selection.h: the options that choose rows of the catalogue: of which camera, from when to
 * when, how many, in which order. */
#pragma once

#include "tytoctl/ctl-invocation.h"

G_BEGIN_DECLS

/**
 * CtlSelection: set @limit to the number of rows when none is given, the rest to nothing.
 * @from, @to: as typed; see ctl_when_parse()
 * @all: all rows, whatever @limit says
 */
typedef struct {
  char *camera;
  char *from;
  char *to;
  char *order;
  int limit;
  gboolean all;
} CtlSelection;

void ctl_selection_clear (CtlSelection *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlSelection, ctl_selection_clear)

/* Reads the options of @invocation into @self: rows of @resource ("/api/v1/segments"). Gives the
 * rows (GVariant a{sv}), asked of @client. (transfer container) */
GPtrArray *ctl_selection_fetch (CtlSelection *self, CtlInvocation *invocation, const char *resource,
                                GError **error);

/* Asks for the rows that @path and @self's from, to, limit and all choose; @path may have a query,
 * and gets more of it. (transfer container) */
GPtrArray *ctl_selection_ask (const CtlSelection *self, CtlInvocation *invocation, GString *path,
                              GError **error);

/* Says, for people, when there are more rows than were shown. */
void ctl_selection_print_more (CtlSelection *self, guint shown);

G_END_DECLS
