/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* archive-target.h: a target of the archive that does what a test tells it. */
#pragma once

#include "base/tyto-error.h"
#include "recorder/archive/tyto-archive-target.h"

G_BEGIN_DECLS

#define TEST_TYPE_TARGET (test_target_get_type ())
G_DECLARE_FINAL_TYPE (TestTarget, test_target, TEST, TARGET, GObject)

struct _TestTarget {
  GObject parent_instance;
  GHashTable *objects; /* (element-type utf8 TytoArchiveObject): by key */
  GPtrArray *sent;     /* (element-type utf8): ids, as they came */
  GPtrArray *removed;  /* (element-type utf8): keys, "key upload" */
  guint n_looks;
  TytoError failure; /* of each send, while @failing */
  gboolean failing;
  gboolean begins;     /* tells "begun" and waits */
  gboolean holds;      /* answers nothing */
  gboolean spoils;     /* has other bytes than were sent */
  GHashTable *waiting; /* (element-type utf8 GTask): by id */
  GFunc on_send;
  gpointer on_send_data;
};

/* Answers an upload that @holds left without an answer. */
void test_target_complete (TestTarget *self, GTask *task);

G_END_DECLS
